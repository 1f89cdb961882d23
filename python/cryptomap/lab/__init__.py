"""Labs: small networks in namespaces of their own, with gateways, hosts and a script that is judged.

A lab's gateways are `cryptomap run` processes and its operator is `cryptomap console`: nothing here looks
inside them. May import `daemon`, and nothing of ours but `cryptomap.main` may import it."""
