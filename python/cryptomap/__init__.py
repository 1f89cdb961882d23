"""cryptomap: an IPsec VPN gateway that is configured, operated and debugged as Cisco IOS is."""
