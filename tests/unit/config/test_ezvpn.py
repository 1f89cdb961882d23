"""`crypto ipsec client ezvpn`: the client, its interfaces, and what is refused."""

from ipaddress import IPv4Address

import pytest

from cryptomap.config.load import LoadResult, load
from cryptomap.config.render import render
from cryptomap.model.config import InterfaceName, RouterConfig, Secret
from cryptomap.model.remote_access import EzvpnClient, EzvpnMode, XauthMode

LEGACY = "crypto engine compliance shield disable\n"
HEAD = "crypto ipsec client ezvpn hw1\n"
LINES = (
    " connect manual\n"
    " group STAFF key wolf\n"
    " local-address Loopback0\n"
    " mode network-plus\n"
    " peer 12.1.1.2 default\n"
    " peer 12.1.1.3\n"
    " acl 101\n"
    " username alice password wonderland\n"
    " xauth userid mode local\n"
)
INTERFACES = (
    "interface Ethernet0/0\n"
    " ip address 13.1.1.3 255.255.255.0\n"
    " crypto ipsec client ezvpn hw1\n"
    "!\n"
    "interface Ethernet0/1\n"
    " ip address 3.3.3.3 255.255.255.0\n"
    " crypto ipsec client ezvpn hw1 inside\n"
)
OUTSIDE, INSIDE = InterfaceName("Ethernet0/0"), InterfaceName("Ethernet0/1")


def result(text: str, shield: str = LEGACY) -> LoadResult:
    return load(shield + text)


def loaded(text: str) -> RouterConfig:
    taken = result(text)
    assert taken.ok, messages(taken)
    assert load(render(taken.config)).config == taken.config
    return taken.config


def messages(taken: LoadResult) -> list[str]:
    return [problem.message for problem in taken.problems]


def test_every_line_of_a_client() -> None:
    assert loaded(HEAD + LINES).ezvpn_clients["hw1"] == EzvpnClient(
        "hw1",
        automatic=False,
        group="STAFF",
        key=Secret("wolf"),
        local_address="Loopback0",
        mode=EzvpnMode.NETWORK_PLUS,
        peers=(IPv4Address("12.1.1.2"), IPv4Address("12.1.1.3")),
        default_peer=True,
        acl="101",
        username="alice",
        password=Secret("wonderland"),
        xauth=XauthMode.LOCAL,
    )
    assert f"{HEAD}{LINES}!" in render(loaded(HEAD + LINES))


def test_each_line_can_be_taken_back() -> None:
    undone = "".join(
        f" no {' '.join(line.split()[:1])}\n" for line in LINES.splitlines() if "peer" not in line
    )
    undone = undone.replace("no xauth", "no xauth userid mode")
    undone += " no peer 12.1.1.2\n no peer 12.1.1.3\n"
    assert loaded(HEAD + LINES + undone).ezvpn_clients["hw1"] == EzvpnClient("hw1")


def test_what_is_not_said_is_shown_as_ios_does() -> None:
    assert f"{HEAD} connect auto\n mode client\n!" in render(loaded(HEAD))


def test_interfaces() -> None:
    config = loaded(HEAD + LINES + INTERFACES)
    assert config.interfaces[OUTSIDE].ezvpn_outside == "hw1"
    assert config.interfaces[INSIDE].ezvpn_inside == "hw1"
    assert INTERFACES.strip() in render(config)


def test_an_interface_lets_go() -> None:
    config = loaded(f"{HEAD}{INTERFACES}interface Ethernet0/0\n no crypto ipsec client ezvpn hw1\n")
    assert config.interfaces[OUTSIDE].ezvpn_outside is None
    config = loaded(f"{HEAD}{INTERFACES}interface Ethernet0/1\n no crypto ipsec client ezvpn\n")
    assert config.interfaces[INSIDE].ezvpn_inside is None


def test_a_peer_by_name() -> None:
    config = loaded(f"ip host hub 12.1.1.2\n{HEAD} peer hub\n")
    assert config.ezvpn_clients["hw1"].peers == (IPv4Address("12.1.1.2"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{HEAD} peer nowhere\n", 'no "ip host nowhere" line'),
        (f"{HEAD} virtual-interface 1\n", "no virtual tunnel interfaces"),
        (f"{HEAD} connect acl 101\n", "say connect auto, or manual"),
        (f"{HEAD} peer 12.1.1.2\n peer 12.1.1.3 default\n", "The default peer must be the first one"),
        (f"{HEAD}{INTERFACES}no crypto ipsec client ezvpn hw1\n", "in use by interface"),
        (
            f"{HEAD}{INTERFACES}interface Ethernet0/2\n crypto ipsec client ezvpn hw1\n",
            "calls from one interface only",
        ),
        (
            f"crypto map M 10 ipsec-isakmp\n{HEAD}{INTERFACES}interface Ethernet0/0\n crypto map M\n",
            "cannot share an interface",
        ),
    ],
)
def test_refused(text: str, reason: str) -> None:
    taken = result(text)
    assert not taken.ok
    assert any(reason in each for each in messages(taken)), messages(taken)


def test_a_group_key_wants_the_shield_off() -> None:
    """It is used in aggressive mode."""
    assert not result(HEAD + " group STAFF key wolfwolfwolf\n", shield="").ok
    assert result(HEAD + " group STAFF key wolfwolfwolf\n").ok


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "does nothing without peer, an interface that it calls from"),
        (f"{HEAD} mode network-extension\n", "an interface that is inside for it"),
        (f"{HEAD} acl 101\n", 'no access list "101"'),
        (f"{HEAD} local-address Loopback0\n", 'no interface "Loopback0"'),
        (f"{HEAD} username alice password 6 STORED\n", "a person is asked instead"),
        ("interface Ethernet0/0\n crypto ipsec client ezvpn other\n", 'no crypto ipsec client ezvpn "other"'),
    ],
)
def test_told(text: str, said: str) -> None:
    taken = result(text)
    assert taken.ok
    assert any(said in each for each in messages(taken)), messages(taken)
