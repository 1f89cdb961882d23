"""Whether a certificate has been revoked, by the methods of `revocation-check` in their order.

A method that finds out decides. One that cannot (no address, no answer, a useless one) leaves it to the next;
`none` lets the certificate pass, and where no method is left it is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from cryptomap.model.error import AuthenticationFailedError, CryptomapError
from cryptomap.model.pki import Enrollment, Revocation, Trustpoint
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.crl import crl_expiry, crl_verdict
from cryptomap.pki.fetch import CrlFetch, Fetch, Fetched, OcspFetch, Verdict
from cryptomap.pki.ocsp import ocsp_expiry, ocsp_verdict
from cryptomap.pki.scep.url import scep_url

Look = Callable[[Fetch], Fetched | None]
"""What came of a fetch; None when it has not been asked for, or is still under way."""


class NotThereYetError(CryptomapError):
    """Nobody's fault: it cannot be said before these have come. Get them, and try again."""

    def __init__(self, wanted: tuple[Fetch, ...]) -> None:
        super().__init__(f"waiting for {', '.join(fetch.url for fetch in wanted)}")
        self.wanted = wanted


def check_revocation(
    chain: Sequence[Certificate], trustpoint: Trustpoint, look: Look, when: datetime
) -> None:
    """Raises `AuthenticationFailedError` when a certificate below the anchor of the chain is revoked, or that
    cannot be found out, and `NotThereYetError` when something has to be got first."""
    wanted = [
        fetch
        for certificate, issuer in pairwise(chain)
        for fetch in _missing(certificate, issuer, trustpoint, look, when)
    ]
    if wanted:
        raise NotThereYetError(tuple(wanted))


def _missing(
    certificate: Certificate, issuer: Certificate, trustpoint: Trustpoint, look: Look, when: datetime
) -> tuple[Fetch, ...]:
    """What the certificate still needs; nothing when it may pass."""
    for method in trustpoint.revocation:
        if method is Revocation.NONE:
            return ()
        for fetch in sources(method, certificate, issuer, trustpoint):
            came = look(fetch)
            if came is None:
                return (fetch,)
            verdict = verdict_of(fetch, came.octets, certificate, when)
            if verdict is Verdict.GOOD:
                return ()
            if verdict is Verdict.REVOKED:
                raise AuthenticationFailedError(f"the certificate of {certificate.title} is revoked")
    raise AuthenticationFailedError(
        f"whether the certificate of {certificate.title} is revoked cannot be found out: "
        f"trustpoint {trustpoint.name} wants `revocation-check {' '.join(trustpoint.revocation)}`"
    )


def sources(
    method: Revocation, certificate: Certificate, issuer: Certificate, trustpoint: Trustpoint
) -> Iterator[Fetch]:
    """Where a method looks, in order."""
    if method is Revocation.CRL:
        for url in crl_urls(certificate, trustpoint):
            yield CrlFetch(url, issuer, certificate)
    elif method is Revocation.OCSP:
        for url in _ocsp_urls(certificate, trustpoint):
            yield OcspFetch(url, issuer, certificate)


def crl_urls(certificate: Certificate, trustpoint: Trustpoint) -> tuple[str, ...]:
    """The HTTP addresses that the certificate names; without any, GetCRL where we enrolled."""
    points = certificate.extension(x509.CRLDistributionPoints)
    names = [name for point in points or () for name in point.full_name or ()]
    urls = tuple(name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))
    if not points and trustpoint.enrollment is Enrollment.URL and trustpoint.url:
        return (scep_url(trustpoint.url, "GetCRL"),)
    return tuple(url for url in urls if _is_http(url))


def _ocsp_urls(certificate: Certificate, trustpoint: Trustpoint) -> tuple[str, ...]:
    """`ocsp url` comes before what the certificate names."""
    if trustpoint.ocsp_url:
        return (trustpoint.ocsp_url,)
    access = certificate.extension(x509.AuthorityInformationAccess)
    places = [each for each in access or () if each.access_method == AuthorityInformationAccessOID.OCSP]
    names = [each.access_location for each in places]
    urls = [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
    return tuple(url for url in urls if _is_http(url))


def _is_http(url: str) -> bool:
    return url.lower().startswith("http://")


def verdict_of(fetch: Fetch, octets: bytes | None, certificate: Certificate, when: datetime) -> Verdict:
    """What that which came says of the certificate."""
    if octets is None:
        return Verdict.USELESS
    if isinstance(fetch, CrlFetch):
        return crl_verdict(octets, certificate, fetch.issuer, when)
    return ocsp_verdict(octets, certificate, fetch.issuer, when)


def fetched(fetch: Fetch, octets: bytes | None, when: datetime) -> Fetched:
    """What came, as it is to be kept: octets that are forged, old or not about `fetch` are not."""
    if octets is None or verdict_of(fetch, octets, fetch.certificate, when) is Verdict.USELESS:
        return Fetched(None)
    expires = crl_expiry(octets) if isinstance(fetch, CrlFetch) else ocsp_expiry(octets)
    return Fetched(octets, expires)
