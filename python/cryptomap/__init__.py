"""cryptomap: an IPsec VPN gateway that is configured, operated and debugged as Cisco IOS is.

Each package says what it is for and what it may not do; `docs/architecture.md` shows them all together."""
