"""What cuts across exchanges, one a file: NAT traversal, dead peer detection, vendor ids and their like.

A feature is asked by the exchanges and the endpoint; it has no socket and no clock of its own."""
