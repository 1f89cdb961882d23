"""Whether a certificate leads to one that we trust, and may serve for IKE.

OpenSSL validates the path (RFC 5280 section 6): signatures, dates, CA:TRUE, key usage, path lengths, name
constraints and critical extensions. The rules for IKE are those of RFC 4945 section 5.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from cryptomap.model.error import AuthenticationFailedError
from cryptomap.pki.certificate import Certificate

FEWEST_BITS_UNDER_SHIELD = 2048
_WEAK_HASHES = frozenset({"md5", "sha1", "unknown"})
_IKE_USAGES = frozenset(
    [
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
        ExtendedKeyUsageOID.IPSEC_IKE,
        x509.ObjectIdentifier("1.3.6.1.5.5.8.2.2"),
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    ]
)
"""id-kp-ipsecIKE and what older authorities wrote for it (RFC 4945 section 5.1.3.12)."""


def find_chain(
    leaf: Certificate, others: Sequence[Certificate], anchors: Sequence[Certificate], when: datetime
) -> tuple[Certificate, ...]:
    """The certificates from `leaf` to one of `anchors`, both included, all good at that time.

    `others` are those that came with it. An anchor need not be self-signed, and is trusted as it is, but for
    its dates. Raises `AuthenticationFailedError`.
    """
    store = crypto.X509Store()
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    store.set_time(when.astimezone(UTC))
    try:
        for anchor in anchors:
            store.add_cert(_library(anchor))
        context = crypto.X509StoreContext(store, _library(leaf), [_library(other) for other in others])
        found = context.get_verified_chain()
    except (crypto.X509StoreContextError, crypto.Error) as error:
        raise AuthenticationFailedError(f"certificate of {leaf.title}: {error}") from error
    known = {each.der: each for each in (leaf, *others, *anchors)}
    return tuple(known[crypto.dump_certificate(crypto.FILETYPE_ASN1, each)] for each in found)


def _library(certificate: Certificate) -> crypto.X509:
    return crypto.X509.from_cryptography(certificate.parsed)


def check_leaf(leaf: Certificate) -> None:
    """Raises `AuthenticationFailedError` when the certificate says that its key does not sign for IKE."""
    usage = leaf.extension(x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise AuthenticationFailedError("the key usage of the certificate does not allow signatures")
    extended = leaf.extension(x509.ExtendedKeyUsage)
    if extended is not None and _IKE_USAGES.isdisjoint(extended):
        raise AuthenticationFailedError("the extended key usage of the certificate does not allow IKE")


def check_strength(chain: Sequence[Certificate]) -> None:
    """Raises `AuthenticationFailedError` for what the compliance shield refuses: RSA keys of less than 2048
    bits, and certificates signed over MD5 or SHA-1. What an anchor itself is signed over proves nothing."""
    for certificate in chain:
        if certificate.key.bits < FEWEST_BITS_UNDER_SHIELD:
            raise AuthenticationFailedError(
                f"the RSA key of {certificate.title} has {certificate.key.bits} bits, which "
                "the compliance shield refuses"
            )
    for certificate in chain[:-1]:
        if certificate.hash in _WEAK_HASHES:
            raise AuthenticationFailedError(
                f"the certificate of {certificate.title} is signed over {certificate.hash}, "
                "which the compliance shield refuses"
            )
