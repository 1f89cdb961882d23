"""Which peers a configuration calls by their addresses."""

from ipaddress import IPv4Address

from cryptomap.daemon.configuration import load_text
from cryptomap.policy.named_peers import named_peers

CONFIG = """hostname R
crypto isakmp key wolf address 12.1.1.2
crypto isakmp key fox address 12.1.2.0 255.255.255.0
crypto isakmp key any address 0.0.0.0 0.0.0.0
crypto isakmp key named hostname other.example
crypto keyring SITE
 pre-shared-key address 14.1.1.4 key wolf
crypto ipsec transform-set TS esp-aes esp-sha256-hmac
access-list 101 permit ip any any
crypto map VPN 10 ipsec-isakmp
 set peer 13.1.1.3
 set peer 13.1.1.5
 set transform-set TS
 match address 101
end
"""


def test_peers_of_maps_and_keys_of_one_address() -> None:
    named = named_peers(load_text(CONFIG).config)
    assert named == {IPv4Address(one) for one in ("12.1.1.2", "14.1.1.4", "13.1.1.3", "13.1.1.5")}
