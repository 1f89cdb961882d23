"""Every algorithm against strongSwan, in both roles, with and without PFS, deleted from either side."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from tests.peers.site import Settings, Site, connection, settles
from tests.peers.strongswan import Connection

Start = Callable[[Settings, Connection], AbstractContextManager[Site]]


@dataclass(frozen=True, slots=True)
class Phase1:
    """strongSwan's proposal, our policy, and how strongSwan names what was agreed."""

    proposal: str
    policy: tuple[str, str, str]
    agreed: str


@dataclass(frozen=True, slots=True)
class Phase2:
    proposal: str
    transforms: str
    agreed: str


MODP_768 = Phase1(
    "des-md5-modp768", ("encr des", "hash md5", "group 1"), "DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_768"
)
MODP_1024 = Phase1(
    "3des-md5-modp1024", ("encr 3des", "hash md5", "group 2"), "3DES_CBC/HMAC_MD5_96/PRF_HMAC_MD5/MODP_1024"
)
MODP_1536 = Phase1(
    "3des-sha1-modp1536",
    ("encr 3des", "hash sha", "group 5"),
    "3DES_CBC/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1536",
)
AES_SHA = Phase1(
    "aes128-sha1-modp1024",
    ("encr aes", "hash sha", "group 2"),
    "AES_CBC-128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024",
)
MODP_2048 = Phase1(
    "aes256-sha256-modp2048",
    ("encr aes 256", "hash sha256", "group 14"),
    "AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048",
)
MODP_4096 = Phase1(
    "aes256-sha512-modp4096",
    ("encr aes 256", "hash sha512", "group 16"),
    "AES_CBC-256/HMAC_SHA2_512_256/PRF_HMAC_SHA2_512/MODP_4096",
)
ECP_256 = Phase1(
    "aes128-sha256-ecp256",
    ("encr aes", "hash sha256", "group 19"),
    "AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256",
)
ECP_384 = Phase1(
    "aes192-sha384-ecp384",
    ("encr aes 192", "hash sha384", "group 20"),
    "AES_CBC-192/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384/ECP_384",
)

DES = Phase2("des-sha1", "esp-des esp-sha-hmac", "DES_CBC/HMAC_SHA1_96")
TRIPLE_DES = Phase2("3des-md5", "esp-3des esp-md5-hmac", "3DES_CBC/HMAC_MD5_96")
AES_128 = Phase2("aes128-sha1", "esp-aes esp-sha-hmac", "AES_CBC-128/HMAC_SHA1_96")
AES_256 = Phase2("aes256-sha256", "esp-aes 256 esp-sha256-hmac", "AES_CBC-256/HMAC_SHA2_256_128")
GCM = Phase2("aes128gcm16", "esp-gcm 128", "AES_GCM_16-128")
NULL = Phase2("null-sha1", "esp-null esp-sha-hmac", "NULL/HMAC_SHA1_96")

# Every phase 1 row, and every phase 2 row with and without PFS.
CASES = [
    (MODP_768, DES, None),
    (MODP_1024, TRIPLE_DES, None),
    (MODP_1536, AES_128, None),
    (AES_SHA, AES_256, None),
    (MODP_2048, GCM, None),
    (MODP_4096, NULL, None),
    (ECP_256, DES, ("modp768", 1)),
    (ECP_384, TRIPLE_DES, ("modp1024", 2)),
    (MODP_768, AES_128, ("modp1536", 5)),
    (AES_SHA, AES_256, ("modp2048", 14)),
    (ECP_256, GCM, ("ecp256", 19)),
    (MODP_2048, NULL, ("ecp384", 20)),
]


def name(case: tuple[Phase1, Phase2, tuple[str, int] | None]) -> str:
    phase1, phase2, pfs = case
    return f"{phase1.proposal}/{phase2.proposal}{'-' + pfs[0] if pfs else ''}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_suite(start: Start, case: tuple[Phase1, Phase2, tuple[str, int] | None]) -> None:
    phase1, phase2, pfs = case
    esp = phase2.proposal + (f"-{pfs[0]}" if pfs else "")
    ours = Settings(phase1.policy, phase2.transforms, pfs[1] if pfs else None)
    with start(ours, connection(ike=phase1.proposal, esp=esp)) as site:
        # strongSwan initiates, and deletes: quick mode's SAs first, then all.
        assert site.charon.initiate(), site.failure()
        agreed_as_wanted(site, phase1, phase2, pfs)
        site.charon.terminate_child()
        assert settles(lambda: site.our_pairs() == 0), site.failure()
        assert site.our_isakmp_sas() == 1, site.failure()
        site.charon.terminate()
        assert settles(lambda: site.our_isakmp_sas() == 0), site.failure()
        # A packet makes us initiate; we delete.
        assert settles(site.host_reaches_peer), site.failure()
        agreed_as_wanted(site, phase1, phase2, pfs)
        site.console("clear crypto sa")
        assert settles(lambda: site.charon.installed() == 0), site.failure()
        site.console("clear crypto isakmp")
        assert settles(lambda: not site.charon.isakmp_sas()), site.failure()


def agreed_as_wanted(site: Site, phase1: Phase1, phase2: Phase2, pfs: tuple[str, int] | None) -> None:
    listed = site.charon.list_sas()
    group = f"/{pfs[0].upper().replace('MODP', 'MODP_').replace('ECP', 'ECP_')}" if pfs else ""
    assert f"  {phase1.agreed}\n" in listed, listed
    assert f"TUNNEL-in-UDP, ESP:{phase2.agreed}{group}\n" in listed, listed
    assert site.pings() == [3, 3], site.failure()
    shown = site.console("show crypto ipsec sa")
    assert "UDP-Encaps" in shown, shown
    assert site.our_pairs() == 1, shown
