"""The IKEv1 core, sans-IO: datagrams, time and randomness in; datagrams, SAs and events out.

Must not see a clock, a socket, an engine or a global."""
