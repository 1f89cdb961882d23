"""The gateway process: sockets, the clock, signals, devices, routes, files, which no package below may touch.

Carries what the core, the engine and the console say to one another, and decides nothing about IKE."""
