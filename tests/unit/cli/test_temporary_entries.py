"""`show crypto map` while peers of a dynamic map have SAs. The first text has the lines, in their order,
that a Korean study book prints of a hub with two peers (IOS 12.x)."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from cryptomap.cli.show import crypto_map
from cryptomap.model.config import CryptoMap, CryptoMapEntry, Personality
from cryptomap.model.selector import Selector
from cryptomap.model.status import IpsecFlowStatus

from .conftest import LAN2, FakeRouter, lab1_config, lab1_flow

GRE = 47


def flow(sequence: int, peer: str, source: str, destination: str, protocol: int = 0) -> IpsecFlowStatus:
    selector = Selector(IPv4Network(source), IPv4Network(destination), protocol)
    changes = {"sequence": sequence, "peer": IPv4Address(peer), "selector": selector}
    return replace(lab1_flow(), template=("DMAP", 10), **changes)  # type: ignore[arg-type]


def hub(*flows: IpsecFlowStatus, **template: object) -> FakeRouter:
    entry = replace(CryptoMapEntry(10, transform_sets=("cisco",)), **template)  # type: ignore[arg-type]
    config = replace(
        lab1_config(),
        crypto_maps={"huawei": CryptoMap("huawei", {10: CryptoMapEntry(10, dynamic="DMAP")})},
        dynamic_maps={"DMAP": CryptoMap("DMAP", {10: entry})},
    )
    router = FakeRouter(config)
    router.flows = list(flows)
    return router


def shown(router: FakeRouter, personality: Personality = Personality.IOS_12_3) -> list[str]:
    """The lines without the blanks around them."""
    text = crypto_map.render(crypto_map.collect(router), personality)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_two_peers() -> None:
    first = flow(65536, "1.1.34.1", "10.1.2.2/32", "10.1.4.4/32", GRE)
    second = flow(65537, "1.1.35.1", "10.1.2.2/32", "10.1.5.5/32", GRE)
    assert shown(hub(first, second)) == [
        'Crypto Map "huawei" 10 ipsec-isakmp',
        "Dynamic map template tag: DMAP",
        'Crypto Map "huawei" 65536 ipsec-isakmp',
        "Peer = 1.1.34.1",
        "Extended IP access list",
        "access-list permit gre host 10.1.2.2 host 10.1.4.4",
        "dynamic (created from dynamic map DMAP/10)",
        "Current peer: 1.1.34.1",
        "Security association lifetime: 4608000 kilobytes/3600 seconds",
        "PFS (Y/N): N",
        "Transform sets={",
        "cisco,",
        "}",
        'Crypto Map "huawei" 65537 ipsec-isakmp',
        "Peer = 1.1.35.1",
        "Extended IP access list",
        "access-list permit gre host 10.1.2.2 host 10.1.5.5",
        "dynamic (created from dynamic map DMAP/10)",
        "Current peer: 1.1.35.1",
        "Security association lifetime: 4608000 kilobytes/3600 seconds",
        "PFS (Y/N): N",
        "Transform sets={",
        "cisco,",
        "}",
        "Interfaces using crypto map huawei:",
        "Ethernet0/0",
    ]


def test_a_peer_with_two_networks_has_two_lines() -> None:
    lines = shown(
        hub(
            flow(65536, "1.1.34.1", str(LAN2), "3.3.3.0/24"),
            flow(65536, "1.1.34.1", str(LAN2), "3.3.4.0/24"),
            match_address="VPN",
            reverse_route=True,
        ),
        Personality.IOS_15,
    )
    at = lines.index("Extended IP access list")
    assert lines[at + 1 : at + 4] == [
        "access-list permit ip 2.2.2.0 0.0.0.255 3.3.3.0 0.0.0.255",
        "access-list permit ip 2.2.2.0 0.0.0.255 3.3.4.0 0.0.0.255",
        "dynamic (created from dynamic map DMAP/10)",
    ]
    assert lines.count("Peer = 1.1.34.1") == 1
    assert "Reverse Route Injection Enabled" in lines


def test_without_peers_only_the_template_is_named() -> None:
    assert shown(hub())[:2] == ['Crypto Map "huawei" 10 ipsec-isakmp', "Dynamic map template tag: DMAP"]
    assert "65536" not in " ".join(shown(hub()))
