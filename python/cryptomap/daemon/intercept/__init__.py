"""Fail-closed interception: what a crypto map protects is never sent, or let in, in clear.

Two independent halves. Policy rules and a mirror of the main table steer protected packets into the
engine's TUN device; an nftables guard drops any of them that would leave, or arrive, in clear. Both are
kernel state that outlives the process, so a gateway that was killed leaks nothing; only `remove`,
at a clean stop, takes them away. Interception knows lines and devices, never SAs.
"""
