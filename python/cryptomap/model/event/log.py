"""Lines for the log, and keys for a dissector."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LogMessage:
    """A syslog line: `%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet...`."""

    facility: str
    severity: int
    mnemonic: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyLog:
    """Keys for a dissector. Produced only when the endpoint was built with `key_log=True`."""

    initiator_cookie: bytes
    encryption_key: bytes = field(repr=False)
