"""NIST's Public Key Interoperability Test Suite (PKITS 1.0.1): whole paths, with their revocation lists.

`pkits.zip` holds the parts on signatures, dates, names, basic revocation, basic constraints, key usage, path
lengths, name constraints and private extensions. Left out are policies, delta and indirect lists and DSA.
"""

import re
import zipfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from cryptomap.model.error import AuthenticationFailedError, MalformedError
from cryptomap.model.pki import Enrollment, Trustpoint
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.chain import find_chain
from cryptomap.pki.crl import load_crl
from cryptomap.pki.fetch import Fetch, Fetched
from cryptomap.pki.revocation import check_revocation

FILE = Path(__file__).parents[2] / "vectors/pkits.zip"
WHEN = datetime(2020, 1, 1, tzinfo=UTC)
TRUSTPOINT = Trustpoint("pkits", Enrollment.URL, "http://pkits")
NAMES = sorted(re.findall(r"certs/(\w+)EE\.crt", " ".join(zipfile.ZipFile(FILE).namelist())))
ANOTHER_KEY_FOR_LISTS = {
    "ValidBasicSelfIssuedCRLSigningKeyTest6",
    "ValidBasicSelfIssuedNewWithOldTest3",
    "ValidBasicSelfIssuedNewWithOldTest4",
    "ValidBasicSelfIssuedOldWithNewTest1",
    "ValidDNnameConstraintsTest19",
    "ValidSelfIssuedpathLenConstraintTest15",
    "ValidSelfIssuedpathLenConstraintTest17",
    "ValidSeparateCertificateandCRLKeysTest19",
}
"""An authority signs its lists with another key than the certificate: such a list is useless to us."""


@cache
def files() -> dict[str, bytes]:
    with zipfile.ZipFile(FILE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@cache
def authorities() -> tuple[Certificate, ...]:
    ends = tuple(f"certs/{name}EE.crt" for name in NAMES)
    return tuple(
        Certificate.from_der(octets)
        for name, octets in files().items()
        if name.startswith("certs/") and name not in ends
    )


@cache
def anchor() -> Certificate:
    return Certificate.from_der(files()["certs/TrustAnchorRootCertificate.crt"])


@cache
def lists() -> dict[str, bytes]:
    found = {}
    for name, octets in files().items():
        crl = load_crl(octets) if name.startswith("crls/") else None
        if crl is not None:
            found[crl.issuer.rfc4514_string()] = octets
    return found


def look(fetch: Fetch) -> Fetched:
    return Fetched(lists().get(fetch.issuer.parsed.subject.rfc4514_string()))


def chain_of(name: str) -> tuple[Certificate, ...]:
    leaf = Certificate.from_der(files()[f"certs/{name}EE.crt"])
    return find_chain(leaf, authorities(), (anchor(),), WHEN)


def test_there_are_many() -> None:
    assert len(NAMES) == 114


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("Valid")])
def test_valid(name: str) -> None:
    chain = chain_of(name)
    assert chain[-1] == anchor()
    if name in ANOTHER_KEY_FOR_LISTS:
        with pytest.raises(AuthenticationFailedError, match="cannot be found out"):
            check_revocation(chain, TRUSTPOINT, look, WHEN)
    else:
        check_revocation(chain, TRUSTPOINT, look, WHEN)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("Invalid")])
def test_invalid(name: str) -> None:
    with pytest.raises((AuthenticationFailedError, MalformedError)):
        check_revocation(chain_of(name), TRUSTPOINT, look, WHEN)
