"""Each ESP suite against an independent encoder and decoder, scapy's, in both directions."""

import random
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.ipsec import ESP, IPSecIntegrityError, SecurityAssociation
from scapy.packet import Raw

from cryptomap._core import EspOpener, EspSealer
from cryptomap.model.algorithm import EspAuth, EspCipher
from cryptomap.model.error import AuthenticationFailedError, MalformedError, PeerMisbehavedError
from cryptomap.model.sa import Direction, SaSpec
from cryptomap.model.selector import Selector

SPI = 0xC0FFEE01
LOCAL, REMOTE = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
INNER = Selector(IPv4Network("10.1.0.0/24"), IPv4Network("10.2.0.0/24"))


@dataclass(frozen=True)
class Suite:
    """One row: our words, scapy's, and key sizes in octets (GCM: with 4 of salt)."""

    cipher: EspCipher
    key: int
    scapy_cipher: str
    auth: EspAuth | None = None
    auth_key: int = 0
    scapy_auth: str = "NULL"

    def __str__(self) -> str:
        return f"{self.cipher.value}-{8 * self.key}-{self.auth.value if self.auth else 'aead'}"


CIPHERS = [
    Suite(EspCipher.NULL, 0, "NULL"),
    Suite(EspCipher.DES, 8, "DES"),
    Suite(EspCipher.TRIPLE_DES, 24, "3DES"),
    Suite(EspCipher.AES, 16, "AES-CBC"),
    Suite(EspCipher.AES, 24, "AES-CBC"),
    Suite(EspCipher.AES, 32, "AES-CBC"),
]
AUTHS = [
    (EspAuth.MD5, 16, "HMAC-MD5-96"),
    (EspAuth.SHA, 20, "HMAC-SHA1-96"),
    (EspAuth.SHA256, 32, "SHA2-256-128"),
    (EspAuth.SHA384, 48, "SHA2-384-192"),
    (EspAuth.SHA512, 64, "SHA2-512-256"),
]
SUITES = [
    *(
        replace(row, auth=auth, auth_key=size, scapy_auth=name)
        for row in CIPHERS
        for auth, size, name in AUTHS
    ),
    *(Suite(EspCipher.GCM, size, "AES-GCM") for size in (20, 28, 36)),
]


@dataclass
class Ends:
    """Our SA and scapy's with the same keys."""

    spec: SaSpec
    scapy: SecurityAssociation
    random: random.Random

    def inner(self, size: int) -> bytes:
        udp = UDP(sport=4000, dport=5000) / Raw(self.random.randbytes(size))
        return bytes(IP(src="10.1.0.7", dst="10.2.0.9", id=size) / udp)

    def opener(self) -> EspOpener:
        return EspOpener(replace(self.spec, direction=Direction.INBOUND))

    def seal_by_scapy(self, inner: bytes, sequence: int) -> bytes:
        return bytes(self.scapy.encrypt(IP(inner), seq_num=sequence)[ESP])  # type: ignore[no-untyped-call]

    def open_by_scapy(self, sealed: bytes) -> bytes:
        outer = IP(src=str(LOCAL), dst=str(REMOTE), proto="esp") / Raw(sealed)
        return bytes(self.scapy.decrypt(IP(bytes(outer))))  # type: ignore[no-untyped-call]


@pytest.fixture(params=SUITES, ids=str)
def ends(request: pytest.FixtureRequest) -> Ends:
    suite: Suite = request.param
    source = random.Random(str(suite))
    key, auth_key = source.randbytes(suite.key), source.randbytes(suite.auth_key)
    spec = SaSpec(Direction.OUTBOUND, LOCAL, REMOTE, SPI, INNER, 1, suite.cipher, key, suite.auth, auth_key)
    scapy = SecurityAssociation(  # type: ignore[no-untyped-call]
        ESP,
        spi=SPI,
        crypt_algo=suite.scapy_cipher,
        crypt_key=key or None,
        auth_algo=suite.scapy_auth,
        auth_key=auth_key or None,
        tunnel_header=IP(src=str(LOCAL), dst=str(REMOTE)),
    )
    return Ends(spec, scapy, source)


def test_scapy_opens_what_we_seal(ends: Ends) -> None:
    sealer = EspSealer(ends.spec)
    for sequence, size in enumerate([*range(36), 255, 256, 1400], start=1):
        inner = ends.inner(size)
        sealed = sealer.seal(inner)
        assert sealed[:8] == SPI.to_bytes(4, "big") + sequence.to_bytes(4, "big")
        assert ends.open_by_scapy(sealed) == inner


def test_we_open_what_scapy_seals(ends: Ends) -> None:
    opener = ends.opener()
    for sequence, size in enumerate([*range(36), 255, 256, 1400], start=1):
        inner = ends.inner(size)
        assert opener.open(ends.seal_by_scapy(inner, sequence)) == inner
    assert (opener.counters().packets, opener.counters().sequence) == (39, 39)


def test_both_refuse_every_changed_octet(ends: Ends) -> None:
    sealed = EspSealer(ends.spec).seal(ends.inner(20))
    opener = ends.opener()
    for position in range(4, len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1 << ends.random.randrange(1, 8)
        with pytest.raises(AuthenticationFailedError):
            opener.open(bytes(changed))
    with pytest.raises(IPSecIntegrityError):
        ends.open_by_scapy(bytes(changed))
    assert opener.open(sealed) is not None


def test_every_truncation_is_refused(ends: Ends) -> None:
    sealed = EspSealer(ends.spec).seal(ends.inner(20))
    opener = ends.opener()
    for length in range(len(sealed)):
        with pytest.raises((AuthenticationFailedError, MalformedError)):
            opener.open(sealed[:length])


def test_a_replay_is_refused_and_so_is_foreign_traffic(ends: Ends) -> None:
    opener = ends.opener()
    good = ends.seal_by_scapy(ends.inner(20), 1)
    assert opener.open(good) is not None
    with pytest.raises(PeerMisbehavedError):
        opener.open(good)
    foreign = bytes(IP(src="10.1.0.7", dst="10.99.0.9") / UDP(sport=4000, dport=5000) / Raw(b"x"))
    with pytest.raises(PeerMisbehavedError):
        opener.open(ends.seal_by_scapy(foreign, 2))
    counters = opener.counters()
    assert (counters.packets, counters.replay_dropped, counters.selector_failed) == (1, 1, 1)
