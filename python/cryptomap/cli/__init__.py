"""The IOS console: a line in, text out. Collects plain data from a running router, then renders it.

Does no IO, and decides nothing about IKE."""
