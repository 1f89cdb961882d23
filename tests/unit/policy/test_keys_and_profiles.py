"""Which key and which profile a peer gets: rules M2 and M3."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from cryptomap.model.config import (
    IsakmpProfile,
    Keyring,
    MatchIdentity,
    PresharedKey,
    RouterConfig,
    Secret,
)
from cryptomap.policy.keyring import find_key, initiator_keyrings, responder_keyrings
from cryptomap.policy.profile import Identity, allows_keyring, find_profile

PEER = IPv4Address("13.1.1.3")


def key(secret: str, network: str | None, kind: int = 0) -> PresharedKey:
    return PresharedKey(Secret(secret, kind), IPv4Network(network) if network else None)


def with_keys(**keyrings: list[PresharedKey]) -> RouterConfig:
    return RouterConfig(keyrings={name: Keyring(name, tuple(keys)) for name, keys in keyrings.items()})


def found(config: RouterConfig, *keyrings: str) -> str | None:
    one = find_key(config, PEER, keyrings or responder_keyrings(config))
    return f"{one.keyring}:{one.octets.decode()}" if one else None


def test_the_longest_mask_wins() -> None:
    config = with_keys(
        default=[key("any", "0.0.0.0/0"), key("host", "13.1.1.3/32"), key("net", "13.1.1.0/24")]
    )
    assert found(config) == "default:host"


def test_among_equals_the_first_wins() -> None:
    config = with_keys(one=[key("a", "13.1.1.3/32")], two=[key("b", "13.1.1.3/32")])
    assert found(config) == "one:a"


def test_every_keyring_is_searched_when_answering() -> None:
    config = with_keys(default=[key("any", "0.0.0.0/0")], two=[key("b", "13.1.1.0/24")])
    assert found(config) == "two:b"
    assert found(config, "default") == "default:any"


def test_what_does_not_serve() -> None:
    config = with_keys(
        default=[key("other", "13.1.1.4/32"), key("name", None), key("stored", "13.1.1.3/32", kind=6)]
    )
    assert found(config) is None
    assert found(config, "missing") is None
    assert find_key(config, IPv4Address("13.1.1.4"), ("default",)) is not None


def test_a_name_stands_for_the_addresses_of_its_ip_host_line() -> None:
    """`crypto isakmp key K hostname R3` in main mode, where only the address is known."""
    named = PresharedKey(Secret("b"), hostname="r3.Example.net")
    config = with_keys(default=[key("net", "13.1.1.0/24"), named])
    assert found(config) == "default:net"
    hosts = {"R3.example.net": (IPv4Address("13.1.1.9"), PEER), "other": (IPv4Address("13.1.1.4"),)}
    assert found(replace(config, hosts=hosts)) == "default:b"
    assert found(replace(config, hosts={"other": (PEER,)})) == "default:net"


def test_an_initiator_looks_where_its_profile_says() -> None:
    config = RouterConfig(isakmp_profiles={"p": IsakmpProfile("p", keyring="KEYS"), "q": IsakmpProfile("q")})
    assert initiator_keyrings(config, None) == ("default",)
    assert initiator_keyrings(config, "p") == ("KEYS",)
    assert initiator_keyrings(config, "q") == ("default",)
    assert initiator_keyrings(config, "missing") == ("default",)


@pytest.mark.parametrize(
    ("rule", "identity", "matches"),
    [
        (MatchIdentity(network=IPv4Network("13.1.1.0/24")), Identity(address=PEER), True),
        (MatchIdentity(network=IPv4Network("13.1.2.0/24")), Identity(address=PEER), False),
        (MatchIdentity(network=IPv4Network("0.0.0.0/0")), Identity(host="a"), False),
        (MatchIdentity(host="r3.example.net"), Identity(host="R3.example.NET"), True),
        (MatchIdentity(host="r3.example.net"), Identity(user="r3.example.net"), False),
        (MatchIdentity(host_domain="example.net"), Identity(host="r3.example.net"), True),
        (MatchIdentity(host_domain="example.net"), Identity(host="example.net"), False),
        (MatchIdentity(host_domain="example.net"), Identity(host="bad-example.net"), False),
        (MatchIdentity(user="a@example"), Identity(user="a@example"), True),
        (MatchIdentity(user_domain="example"), Identity(user="b@example"), True),
        (MatchIdentity(user_domain="example"), Identity(user="b@bad.example"), False),
        (MatchIdentity(group="VPNG"), Identity(group="VPNG"), True),
        (MatchIdentity(group="VPNG"), Identity(group="vpng"), False),
        (MatchIdentity(), Identity(), False),
    ],
)
def test_match_identity(rule: MatchIdentity, identity: Identity, matches: bool) -> None:
    config = RouterConfig(isakmp_profiles={"p": IsakmpProfile("p", (MatchIdentity(group="x"), rule))})
    assert (find_profile(config, identity) is not None) is matches


def test_the_first_matching_profile_wins_and_one_without_match_never() -> None:
    rule = MatchIdentity(network=IPv4Network("0.0.0.0/0"))
    profiles = {name: IsakmpProfile(name, (rule,)) for name in ("b", "a")}
    config = RouterConfig(isakmp_profiles={"none": IsakmpProfile("none"), **profiles})
    one = find_profile(config, Identity(address=PEER))
    assert one is not None
    assert one.name == "b"


def test_a_profile_holds_its_own_keyring_or_the_global_one() -> None:
    profile = IsakmpProfile("p", keyring="KEYS")
    assert allows_keyring(profile, "KEYS")
    assert not allows_keyring(profile, "default")
    assert allows_keyring(replace(profile, keyring=None), "default")


def test_a_secret_is_not_shown() -> None:
    one = find_key(with_keys(default=[key("canary", "0.0.0.0/0")]), PEER, ("default",))
    assert "canary" not in repr(one)
