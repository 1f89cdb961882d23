"""Labs: small networks in namespaces of their own, with gateways, hosts and a script that is judged.

A lab's gateways are `cryptomap run` processes and its operator is `cryptomap console`; nothing here looks
inside them. The namespaces, links and captures serve the tests too. May import `daemon`, and nothing that
is of ours may import this package but `cryptomap.main`."""
