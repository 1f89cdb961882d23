"""The gateway process: the only package with sockets, the clock, signals, devices and files."""
