"""Fail-closed interception: what a crypto map protects is never sent, or let in, in clear.

Policy rules and a mirror of the main table steer protected packets into the engine's TUN device, and an
nftables guard drops any that would leave, or arrive, in clear: two independent halves, which outlive a
gateway that was killed and which only `remove` takes away. Knows lines and devices, never SAs."""
