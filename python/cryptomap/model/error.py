"""Errors sorted by blame. What is answered, and whether anything ends, follows from the class.

Nothing here ends an SA by itself: the exchange that catches the error decides, and an error in
unauthenticated input never does. `MalformedError` (octets that are not what the RFC says: dropped and
counted) is `wire`'s own class, named here so that all of them stand together.
"""

from cryptomap.wire.error import MalformedError as MalformedError


class CryptomapError(Exception):
    """Any error this project raises on purpose."""


class PeerMisbehavedError(CryptomapError):
    """Well-formed, but not allowed here: a payload missing or a move that the state forbids."""


class PeerIncompatibleError(CryptomapError):
    """The peer does nothing wrong, but wants what we are not configured for.

    `notify` is the RFC 2408 section 3.14.1 message type to answer with, or None for silence.
    """

    def __init__(self, reason: str, notify: int | None = None) -> None:
        super().__init__(reason)
        self.notify = notify


class AuthenticationFailedError(CryptomapError):
    """A HASH, key or identity that does not prove what it should."""


class MisuseError(CryptomapError):
    """Our own caller broke a contract: a bug, never the peer's doing."""


class ConfigurationError(CryptomapError):
    """A configuration that cannot be applied; says what, where, and what to do."""
