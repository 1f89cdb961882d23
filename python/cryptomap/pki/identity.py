"""Whether a certificate is for an identity (RFC 4945 section 3.1)."""

from cryptography.x509 import Name

from cryptomap.pki.certificate import Certificate
from cryptomap.pki.distinguished import same
from cryptomap.pki.name import UNSTRUCTURED_ADDRESS, UNSTRUCTURED_NAME, first_value
from cryptomap.wire.numbers import IdType
from cryptomap.wire.payload import IdPayload


def is_for(certificate: Certificate, identity: IdPayload) -> bool:
    """Whether the certificate holds the identity: an address, a name, a mail name or the whole subject.

    Names and addresses stand in subjectAltName, or as IOS has them in the subject (unstructuredName and
    unstructuredAddress). Nothing but the whole of a value fits.
    """
    subject = certificate.parsed.subject
    match identity.id_type:
        case IdType.DER_ASN1_DN:
            return same(identity.data, certificate.subject)
        case IdType.IPV4_ADDR | IdType.IPV6_ADDR:
            named = first_value(subject, UNSTRUCTURED_ADDRESS)
            return identity.address in certificate.addresses or str(identity.address) == named
        case IdType.FQDN:
            return _among(identity.data, (*certificate.dns_names, *_host_name(subject)))
        case IdType.USER_FQDN:
            return _among(identity.data, certificate.mail_names)
    return False


def _host_name(subject: Name) -> tuple[str, ...]:
    name = first_value(subject, UNSTRUCTURED_NAME)
    return () if name is None else (name,)


def _among(claimed: bytes, names: tuple[str, ...]) -> bool:
    """ASCII only, so that folding case joins no two names that differ; no wildcards."""
    if not claimed.isascii():
        return False
    return claimed.decode().lower() in [name.lower() for name in names if name.isascii()]
