"""Certificate maps (`crypto pki certificate map`): whether a certificate fits one."""

from collections.abc import Iterator

from cryptomap.model.pki import CertificateField, CertificateMap, CertificateOperator, CertificateRule
from cryptomap.pki.certificate import Certificate
from cryptomap.pki.name import UNSTRUCTURED_NAME, comparable, first_value, name_text


def fits(certificate: Certificate, certificate_map: CertificateMap) -> bool:
    """Whether all rules of any entry hold. An entry without rules fits nothing."""
    entries = certificate_map.entries
    return any(
        bool(entries[number]) and all(_holds(certificate, rule) for rule in entries[number])
        for number in sorted(entries)
    )


def _holds(certificate: Certificate, rule: CertificateRule) -> bool:
    """A field with several values fits when one does; `ne` and `nc` then want that none does."""
    wanted = comparable(rule.value)
    values = [comparable(value) for value in _values(certificate, rule.field)]
    match rule.operator:
        case CertificateOperator.EQUAL:
            return wanted in values
        case CertificateOperator.NOT_EQUAL:
            return wanted not in values
        case CertificateOperator.CONTAINS:
            return any(wanted in value for value in values)
        case CertificateOperator.NOT_CONTAINS:
            return not any(wanted in value for value in values)


def _values(certificate: Certificate, kind: CertificateField) -> Iterator[str]:
    subject, issuer = certificate.parsed.subject, certificate.parsed.issuer
    match kind:
        case CertificateField.SUBJECT:
            yield name_text(subject)
        case CertificateField.ISSUER:
            yield name_text(issuer)
        case CertificateField.SERIAL:
            yield f"{certificate.serial:x}"
            yield f"{certificate.serial:x}".rjust(2, "0")
        case CertificateField.UNSTRUCTURED:
            yield first_value(subject, UNSTRUCTURED_NAME) or ""
        case CertificateField.ALT_SUBJECT | CertificateField.NAME:
            yield from certificate.dns_names
            yield from certificate.mail_names
            yield from map(str, certificate.addresses)
            if kind is CertificateField.NAME:
                yield name_text(subject)
