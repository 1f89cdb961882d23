"""The commands of the study note's labs and of a router around them: values, ranges, `no`, what is printed.

Ranges and defaults are those of Cisco's command references and of the vendor's YANG model.
"""

import pytest

from cryptomap.config.load import LoadResult, load
from cryptomap.config.render import render
from cryptomap.model.config import RouterConfig

BASE = RouterConfig(compliance_shield=False)
ALWAYS = {"!", "hostname Router", "crypto engine compliance shield disable", "end"}

KEY = "crypto isakmp key wolf address"
REPLAY = "crypto ipsec security-association replay disable"
LIFETIME = "crypto ipsec security-association lifetime"
POLICY = "crypto isakmp policy 10\n"
SET = "crypto ipsec transform-set T esp-aes esp-sha-hmac\n"
MAP = "crypto map M 10 ipsec-isakmp\n"
KEYRING = "crypto keyring K\n"
PROFILE = "crypto isakmp profile P\n"
PORT = "interface Ethernet0/0\n"
LIST = "ip access-list extended VPN\n"


def result_of(text: str) -> LoadResult:
    return load(text, BASE)


def printed(text: str) -> str:
    """What the running configuration has besides what it always has."""
    result = result_of(text)
    assert result.ok, [problem.render() for problem in result.problems]
    lines = [line for line in render(result.config).splitlines() if line not in ALWAYS]
    return "".join(f"{line}\n" for line in lines)


PRINTED_AS_TYPED = [
    "hostname R2",
    "ip domain name lab.example",
    "service show-format 12.3",
    f"{POLICY} encr 3des",
    f"{POLICY} encr aes",
    f"{POLICY} encr aes 192",
    f"{POLICY} encr aes 256",
    *(f"{POLICY} hash {name}" for name in ("md5", "sha256", "sha384", "sha512")),
    *(f"{POLICY} authentication {name}" for name in ("pre-share", "rsa-encr")),
    *(f"{POLICY} group {number}" for number in (2, 5, 14, 15, 16, 19, 20, 21)),
    f"{POLICY} lifetime 60",
    f"{POLICY} lifetime 86399",
    "crypto isakmp policy 1",
    "crypto isakmp policy 10000",
    "crypto isakmp key wolf address 13.1.1.3",
    "crypto isakmp key wolf address 10.0.0.0 255.0.0.0",
    "crypto isakmp key wolf address 0.0.0.0 0.0.0.0",
    "crypto isakmp key wolf address 0.0.0.0 255.255.255.255",
    "crypto isakmp key wolf hostname R3.lab",
    "crypto isakmp key 6 hBVKQXBeXRBIhKQSBSSd address 13.1.1.3",
    "crypto isakmp key wolf address 13.1.1.3 no-xauth",
    "no crypto isakmp enable",
    "crypto isakmp identity hostname",
    "crypto isakmp nat keepalive 5",
    "crypto isakmp nat keepalive 3600",
    "crypto ipsec security-association lifetime seconds 120",
    "crypto ipsec security-association lifetime seconds 86400",
    "crypto ipsec security-association lifetime kilobytes 2560",
    "crypto ipsec security-association lifetime kilobytes 536870912",
    "crypto ipsec security-association replay window-size 1024",
    "crypto ipsec security-association replay disable",
    "no crypto ipsec nat-transparency udp-encapsulation",
    *(f"crypto ipsec transform-set T esp-{name} esp-sha-hmac" for name in ("des", "3des", "aes", "null")),
    *(f"crypto ipsec transform-set T esp-aes {bits} esp-sha-hmac" for bits in (192, 256)),
    *(
        f"crypto ipsec transform-set T esp-aes esp-{name}-hmac"
        for name in ("md5", "sha256", "sha384", "sha512")
    ),
    "crypto ipsec transform-set T esp-gcm 256",
    f"{SET} mode transport",
    f"{SET} mode transport require",
    f"{MAP} set peer 13.1.1.3\n set peer 14.1.1.4",
    f"{MAP} set transform-set A B C D E F",
    f"{MAP} set security-association lifetime kilobytes 2560\n set security-association lifetime seconds 120",
    *(f"{MAP} set pfs group{number}" for number in (1, 2, 5, 14, 15, 16, 19, 20, 21)),
    f"{MAP} set isakmp-profile P",
    f"{MAP} match address 101",
    f"{MAP} match address VPN",
    f"{MAP} reverse-route",
    f"{MAP} reverse-route static",
    f"{MAP} set reverse-route distance 255\n set reverse-route tag 4294967295\n reverse-route",
    "crypto dynamic-map D 10\n set reverse-route distance 1\n set reverse-route tag 1\n reverse-route",
    f"{MAP} description to R3",
    "crypto map M 1 ipsec-isakmp\ncrypto map M 65535 ipsec-isakmp",
    "crypto map M local-address Loopback0",
    f"{KEYRING} pre-shared-key address 13.1.1.3 key wolf\n pre-shared-key hostname R3 key 6 AAB",
    f"{KEYRING} description of the branches",
    f"{PROFILE} match identity address 13.1.1.3 255.255.255.255",
    f"{PROFILE} match identity host R3.lab\n match identity host domain lab",
    f"{PROFILE} match identity user u@lab\n match identity user domain lab\n match identity group G",
    f"{PROFILE} keyring K",
    f"{PROFILE} self-identity address",
    f"{PROFILE} self-identity fqdn",
    f"{PROFILE} self-identity user-fqdn u@lab",
    f"{PORT} ip address 12.1.1.2 255.255.255.0",
    f"{PORT} ip address 12.1.1.2 255.255.255.254",
    f"{PORT} ip address 2.2.2.3 255.255.255.0 secondary\n ip address 2.2.2.2 255.255.255.0",
    f"{PORT} description the ISP",
    f"{PORT} mtu 1400\n ip mtu 1380",
    f"{PORT} shutdown",
    f"{PORT} duplex auto",
    f"{MAP}{PORT} crypto map M",
    "ip route 0.0.0.0 0.0.0.0 12.1.1.1",
    "ip route 3.3.3.0 255.255.255.0 Ethernet0/0",
    "ip route 3.3.3.0 255.255.255.0 Ethernet0/0 12.1.1.1 200",
    "ip route 3.3.3.0 255.255.255.0 Null0 255",
    "access-list 100 permit ip any any",
    "access-list 199 deny ip host 2.2.2.2 any",
    "access-list 2000 permit ip 2.2.2.0 0.0.0.255 3.3.3.0 0.0.0.255",
    "access-list 2699 permit tcp any eq www any",
    "access-list 101 remark the tunnel\naccess-list 101 permit ip any host 3.3.3.3",
    "access-list 101 permit tcp any range 1 1023 host 3.3.3.3 eq 8443",
    "access-list 101 permit udp any gt 1023 any lt 1024",
    "access-list 101 permit icmp any any echo",
    "access-list 101 permit icmp any any 3 99",
    "access-list 101 permit esp any any log",
    "access-list 101 permit 99 any any",
    f"{LIST} remark the tunnel\n permit ip 2.2.2.0 0.0.0.255 3.3.3.0 0.0.0.255\n deny ip any any",
    f"{LIST} 5 permit gre any any\n 10 deny udp any eq isakmp any eq isakmp",
]


@pytest.mark.parametrize("text", PRINTED_AS_TYPED)
def test_printed_as_typed(text: str) -> None:
    wanted = [line for line in f"{text}\n".splitlines() if line not in ALWAYS]
    assert [line for line in printed(text).splitlines() if line in wanted] == wanted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{POLICY} encryption 3des", f"{POLICY} encr 3des\n"),
        (f"{POLICY} encryption aes 128", f"{POLICY} encr aes\n"),
        ("crypto isakmp key 0 wolf address 13.1.1.3", "crypto isakmp key wolf address 13.1.1.3\n"),
        (f"{KEY} 13.1.1.3 255.255.255.255", f"{KEY} 13.1.1.3\n"),
        (f"{KEY} 10.1.2.3 255.0.0.0", f"{KEY} 10.0.0.0 255.0.0.0\n"),
        ("crypto isakmp key 0 6 address 13.1.1.3", "crypto isakmp key 0 6 address 13.1.1.3\n"),
        (f"{SET} mode tunnel", SET),
        ("crypto ipsec transform-set T esp-sha-hmac esp-aes 128", SET),
        (f"{MAP} set pfs", f"{MAP} set pfs group1\n"),
        (f"{MAP} reverse-route tag 5", f"{MAP} set reverse-route tag 5\n reverse-route\n"),
        (f"{MAP} reverse-route tag 5 static", f"{MAP} set reverse-route tag 5\n reverse-route static\n"),
        (f"{MAP} reverse-route static tag 5", f"{MAP} set reverse-route tag 5\n reverse-route static\n"),
        (f"{MAP} set transform-set A A B", f"{MAP} set transform-set A B\n"),
        ("ip domain-name lab", "ip domain name lab\n"),
        (f"{PROFILE} match identity address 13.1.1.3",
         f"{PROFILE} match identity address 13.1.1.3 255.255.255.255\n"),
        ("interface e0/0", "interface Ethernet0/0\n"),
        ("interface ethernet 0/0", "interface Ethernet0/0\n"),
        ("interface gi0/0/1.100", "interface GigabitEthernet0/0/1.100\n"),
        ("interface lo0", "interface Loopback0\n"),
        ("interface loop 0", "interface Loopback0\n"),
        ("interface tu1", "interface Tunnel1\n"),
        ("interface eth0", "interface eth0\n"),
        ("interface br-lan.10", "interface br-lan.10\n"),
        ("access-list 101 permit ip 2.2.2.99 0.0.0.255 any",
         "access-list 101 permit ip 2.2.2.0 0.0.0.255 any\n"),
        ("access-list 101 permit ip 2.2.2.2 0.0.0.0 0.0.0.0 255.255.255.255",
         "access-list 101 permit ip host 2.2.2.2 any\n"),
        ("access-list 101 permit 6 any any", "access-list 101 permit tcp any any\n"),
        ("access-list 101 permit tcp any any eq 80", "access-list 101 permit tcp any any eq www\n"),
        ("access-list 101 permit udp any any range 9 1",
         "access-list 101 permit udp any any range 1 discard\n"),
        ("access-list 101 permit icmp any any 8", "access-list 101 permit icmp any any echo\n"),
        ("ip access-list extended 101\n permit ip any any", "access-list 101 permit ip any any\n"),
        ("ip route 3.3.3.0 255.255.255.0 12.1.1.1 1", "ip route 3.3.3.0 255.255.255.0 12.1.1.1\n"),
    ],
)  # fmt: skip
def test_printed_in_one_spelling(text: str, shown: str) -> None:
    assert printed(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        f"{POLICY} encryption des\n hash sha\n authentication rsa-sig\n group 1\n lifetime 86400",
        "crypto isakmp enable\ncrypto isakmp identity address",
        "crypto ipsec security-association lifetime seconds 3600",
        "crypto ipsec security-association lifetime kilobytes 4608000",
        "crypto ipsec security-association replay window-size 64",
        "crypto ipsec nat-transparency udp-encapsulation",
        f"{PORT} no shutdown",
    ],
)
def test_defaults_are_hidden(text: str) -> None:
    header = text.splitlines()[0]
    assert printed(text) in ("", f"{header}\n")


@pytest.mark.parametrize(
    "line",
    [
        "crypto isakmp policy 0",
        "crypto isakmp policy 10001",
        f"{POLICY} encryption aes 512",
        f"{POLICY} hash sha1024",
        f"{POLICY} authentication psk",
        f"{POLICY} group 3",
        f"{POLICY} group 22",
        f"{POLICY} lifetime 59",
        f"{POLICY} lifetime 86401",
        "crypto isakmp key 0 " + "x" * 129 + " address 13.1.1.3",
        "crypto isakmp key wolf address 13.1.1.3 0.0.0.255",
        "crypto isakmp key wolf",
        "crypto isakmp nat keepalive 4",
        "crypto isakmp nat keepalive 3601",
        "crypto ipsec security-association lifetime seconds 119",
        "crypto ipsec security-association lifetime seconds 86401",
        "crypto ipsec security-association lifetime kilobytes 2559",
        "crypto ipsec security-association lifetime kilobytes 536870913",
        "crypto ipsec security-association replay window-size 100",
        "crypto ipsec transform-set T",
        "crypto ipsec transform-set T esp-aes esp-3des",
        "crypto ipsec transform-set T esp-aes esp-sha-hmac esp-md5-hmac",
        "crypto ipsec transform-set T esp-gcm esp-sha-hmac",
        "crypto ipsec transform-set T esp-aes 512",
        f"{SET} mode both",
        "crypto map M 0 ipsec-isakmp",
        "crypto map M 65536 ipsec-isakmp",
        "crypto map M 10",
        f"{MAP} set peer 13.1.1.256",
        f"{MAP} set transform-set A B C D E F G",
        f"{MAP} set pfs group3",
        f"{MAP} set reverse-route distance 0",
        f"{MAP} set reverse-route distance 256",
        f"{MAP} set reverse-route tag 0",
        f"{MAP} reverse-route remote-peer",
        f"{MAP} reverse-route remote-peer 12.1.1.9 gateway static",
        f"{MAP} set security-association lifetime seconds 119",
        "crypto keyring default",
        f"{KEYRING} pre-shared-key address 13.1.1.3",
        f"{PROFILE} match identity address",
        f"{PORT} ip address 12.1.1.0 255.255.255.0",
        f"{PORT} ip address 12.1.1.255 255.255.255.0",
        f"{PORT} ip address 12.1.1.2 0.0.0.0",
        f"{PORT} ip address 224.0.0.1 255.255.255.0",
        f"{PORT} ip address 12.1.1.2",
        f"{PORT} mtu 63",
        "interface Ethernet0/0/0/0/0",
        "interface Foo 0",
        "ip route 3.3.3.3 255.255.255.0 12.1.1.1",
        "ip route 3.3.3.0 255.0.255.0 12.1.1.1",
        "ip route 3.3.3.0 255.255.255.0",
        "ip route 3.3.3.0 255.255.255.0 12.1.1.1 256",
        "access-list 200 permit ip any any",
        "access-list 101 permit ip any",
        "access-list 101 permit tcp any any eq 65536",
        "access-list 101 permit udp any any gt 65535",
        "access-list 101 permit udp any any lt 0",
        "access-list 101 permit ip any any eq 80",
        "access-list 101 permit 256 any any",
        "ip access-list extended 5",
        f"{LIST} permit ip any any\n 10 deny ip any any",
        "hostname a/../b\u00e9",
    ],
)
def test_refused(line: str) -> None:
    result = result_of(line)
    assert not result.ok
    assert result.config is BASE
    last = result.problems[-1]
    assert last.number == len(line.splitlines())
    assert last.message


NO = [
    ("hostname R2", "no hostname"),
    ("ip domain name lab", "no ip domain name"),
    ("crypto isakmp policy 10", "no crypto isakmp policy 10"),
    ("crypto isakmp key wolf address 13.1.1.3", "no crypto isakmp key wolf address 13.1.1.3"),
    ("no crypto isakmp enable", "default crypto isakmp enable"),
    ("crypto isakmp identity hostname", "no crypto isakmp identity"),
    ("crypto isakmp nat keepalive 20", "no crypto isakmp nat keepalive"),
    (f"{LIFETIME} seconds 600", f"no {LIFETIME} seconds"),
    (REPLAY, f"no {REPLAY}"),
    ("no crypto ipsec nat-transparency udp-encapsulation", "crypto ipsec nat-transparency udp-encapsulation"),
    (SET, "no crypto ipsec transform-set T"),
    (MAP, "no crypto map M 10"),
    (MAP, "no crypto map M"),
    ("crypto map M local-address Loopback0", "no crypto map M local-address"),
    (KEYRING, "no crypto keyring K"),
    (PROFILE, "no crypto isakmp profile P"),
    (PORT, "no interface e0/0"),
    ("ip route 3.3.3.0 255.255.255.0 12.1.1.1 9", "no ip route 3.3.3.0 255.255.255.0 12.1.1.1"),
    ("ip route 3.3.3.0 255.255.255.0 12.1.1.1", "no ip route 3.3.3.0 255.255.255.0"),
    ("access-list 101 permit ip any any", "no access-list 101"),
    (LIST, "no ip access-list extended VPN"),
    ("service timestamps debug", "default service timestamps debug"),
    ("username u privilege 15", "no username u"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "no"), NO)
def test_no_takes_a_line_back(line: str, no: str) -> None:
    assert printed(line) != "" or "hostname" in line
    assert result_of(f"{line}\n{no}").config == BASE
    assert result_of(no).config == BASE, "it is no error when there is nothing to take back"


NO_INSIDE = [
    (POLICY, "encryption aes 256", "no encryption"),
    (POLICY, "hash md5", "no hash md5"),
    (POLICY, "authentication pre-share", "default authentication"),
    (POLICY, "group 5", "no group"),
    (POLICY, "lifetime 60", "no lifetime"),
    (SET, "mode transport require", "no mode"),
    (MAP, "set peer 13.1.1.3", "no set peer 13.1.1.3"),
    (MAP, "set transform-set T", "no set transform-set"),
    (MAP, "set transform-set T", "no set transform-set T"),
    (MAP, "set pfs group5", "no set pfs"),
    (MAP, "set security-association lifetime seconds 600", "no set security-association lifetime seconds"),
    (MAP, "set security-association lifetime seconds 600", "no set security-association lifetime"),
    (MAP, "set isakmp-profile P", "no set isakmp-profile"),
    (MAP, "match address 101", "no match address"),
    (MAP, "reverse-route static", "no reverse-route"),
    (MAP, "set reverse-route distance 5", "no set reverse-route distance"),
    (MAP, "set reverse-route tag 5", "no set reverse-route tag 5"),
    (MAP, "description x", "no description"),
    (KEYRING, "pre-shared-key address 13.1.1.3 key wolf", "no pre-shared-key address 13.1.1.3"),
    (PROFILE, "match identity address 13.1.1.3", "no match identity address 13.1.1.3"),
    (PROFILE, "keyring K", "no keyring"),
    (PROFILE, "self-identity fqdn", "no self-identity"),
    (PORT, "ip address 2.2.2.2 255.255.255.0", "no ip address"),
    (PORT, "ip address 2.2.2.2 255.255.255.0", "no ip address 2.2.2.2 255.255.255.0"),
    (PORT, "shutdown", "no shutdown"),
    (PORT, "ip mtu 1400", "no ip mtu"),
    (PORT, "duplex half", "no duplex half"),
    (LIST, "permit ip any any", "no permit ip any any"),
    (LIST, "permit ip any any", "no 10"),
    (LIST, "remark x", "no remark x"),
]  # fmt: skip


@pytest.mark.parametrize(("header", "line", "no"), NO_INSIDE)
def test_no_takes_a_line_of_a_block_back(header: str, line: str, no: str) -> None:
    assert printed(f"{header} {line}") != printed(header)
    assert printed(f"{header} {line}\n {no}") == printed(header)


def test_an_address_that_is_not_there_cannot_be_taken_back() -> None:
    (problem,) = result_of(f"{PORT} no ip address 2.2.2.2 255.255.255.0").problems
    assert problem.message == "Invalid address: it is not set on this interface."


def test_a_second_key_for_a_peer_is_refused() -> None:
    """The mask counts: the same address with another mask is another peer."""
    first = "crypto isakmp key wolf address 13.1.1.3\n"
    assert result_of(f"{first}crypto isakmp key wolf address 13.1.1.3\n").ok
    assert result_of(f"{first}crypto isakmp key fox address 13.1.1.0 255.255.255.0\n").ok
    (problem,) = result_of(f"{first}crypto isakmp key fox address 13.1.1.3\n").problems
    assert "already exists" in problem.message


def test_what_is_in_use_stays() -> None:
    used = f"{SET}{MAP} set transform-set T\n{PORT} crypto map M\n"
    for no, why in (
        ("no crypto ipsec transform-set T", "in use by crypto map(s): M"),
        ("no crypto map M", "in use by interface Ethernet0/0"),
    ):
        result = result_of(f"{used}{no}")
        assert why in result.problems[-1].message
        assert result.problems[-1].fatal


def test_entries_are_in_the_order_of_their_numbers() -> None:
    text = "crypto map M 20 ipsec-isakmp\n" + MAP + "crypto isakmp policy 9\ncrypto isakmp policy 3\n"
    assert printed(text) == (
        "crypto isakmp policy 3\ncrypto isakmp policy 9\n"
        "crypto map M 10 ipsec-isakmp\ncrypto map M 20 ipsec-isakmp\n"
    )


def test_lines_of_a_list_are_numbered_by_tens() -> None:
    text = f"{LIST} permit ip any any\n deny ip any any\n 15 permit gre any any\n permit ip any any\n"
    assert printed(text) == (f"{LIST} 10 permit ip any any\n 15 permit gre any any\n 20 deny ip any any\n")


def test_a_wildcard_that_is_a_netmask_is_told() -> None:
    """Typed for a netmask it would stand for other hosts than meant; IKEv1 could not name them."""
    text = f"access-list 101 permit ip 2.2.2.0 255.255.255.0 any\n{MAP} match address 101\n"
    messages = [problem.message for problem in result_of(text).problems if problem.fatal]
    assert len(messages) == 1
    assert "it looks like a netmask; the wildcard would be 0.0.0.255" in messages[0]


def test_secrets_are_in_no_repr() -> None:
    text = (
        f"crypto isakmp key wolfwolf address 1.1.1.1\n{KEYRING} pre-shared-key address 2.2.2.2 key wolfwolf\n"
    )
    assert "wolfwolf" not in repr(result_of(text))
