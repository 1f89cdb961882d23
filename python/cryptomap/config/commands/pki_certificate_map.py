"""`crypto pki certificate map NAME SEQ` and its rules: which certificates of peers fit."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, ModeCommand, texts
from cryptomap.config.commands.pki_trustpoint import PKI_HELP
from cryptomap.config.mode import CERTIFICATE_MAP, GLOBAL, with_entry, without_entry
from cryptomap.model.config import RouterConfig
from cryptomap.model.pki import CertificateField, CertificateMap, CertificateOperator, CertificateRule

Rules = tuple[CertificateRule, ...]


class CertificateMapCommand(ModeCommand):
    mode, enters, order = GLOBAL, CERTIFICATE_MAP, 200
    grammar = "crypto <pki|ca> certificate map WORD$name ![(1-65535)$sequence]"
    help = texts(
        {
            **PKI_HELP,
            "certificate": "Actions on certificates",
            "map": "Define certificate attributes map",
            "$name": "The tag for the certificate map",
            "$sequence": "Sequence to insert into existing certificate map entry",
        }
    )

    def key(self, name: str, sequence: int) -> tuple[str, int]:
        return name, sequence

    def apply(self, config: RouterConfig, name: str, sequence: int) -> RouterConfig:
        known = config.certificate_maps.get(name, CertificateMap(name))
        entries = with_entry(known.entries, sequence, known.entries.get(sequence, ()))
        return _put(config, replace(known, entries=entries))

    def negate(self, config: RouterConfig, name: str, sequence: int | None = None) -> RouterConfig:
        known = config.certificate_maps.get(name, CertificateMap(name))
        left = without_entry(known.entries, sequence) if sequence is not None else {}
        return _put(config, replace(known, entries=left))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, tuple[str, int]]]:
        for name, each in config.certificate_maps.items():
            for sequence in sorted(each.entries):
                yield f"crypto pki certificate map {name} {sequence}", (name, sequence)


class CertificateRuleLine(Command):
    mode, order = CERTIFICATE_MAP, 1
    grammar = (
        "<alt-subject-name|issuer-name|name|serial-number|subject-name|unstructured-subject-name>$field"
        " <co|eq|nc|ne>$operator LINE$value"
    )
    help = texts(
        {
            "alt-subject-name": "Alternate Subject Name",
            "issuer-name": "Issuer Name",
            "name": "One of the names in the certificate",
            "serial-number": "Serial number",
            "subject-name": "Subject Name",
            "unstructured-subject-name": "Unstructured Subject Name",
            "co": "contains",
            "eq": "equal",
            "nc": "does not contain",
            "ne": "not equal",
            "$value": "What the field is compared with, without regard to case",
        }
    )

    def apply(self, rules: Rules, field: str, operator: str, value: str) -> Rules:
        return tuple(dict.fromkeys((*rules, _rule(field, operator, value))))

    def negate(self, rules: Rules, field: str, operator: str, value: str) -> Rules:
        gone = _rule(field, operator, value)
        return tuple(each for each in rules if each != gone)

    def render(self, rules: Rules) -> Iterable[str]:
        return (f"{each.field} {each.operator} {each.value}" for each in rules)


def _rule(field: str, operator: str, value: str) -> CertificateRule:
    return CertificateRule(CertificateField(field), CertificateOperator(operator), value)


def _put(config: RouterConfig, changed: CertificateMap) -> RouterConfig:
    """A map is there only while it has an entry."""
    if not changed.entries:
        return replace(config, certificate_maps=without_entry(config.certificate_maps, changed.name))
    return replace(config, certificate_maps=with_entry(config.certificate_maps, changed.name, changed))
