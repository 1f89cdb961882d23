"""Log lines: printed whether or not a debug is on."""

from cryptomap.cli.debug.dialect import Dialect, renders
from cryptomap.model.event import AuthenticationFailed, Event, KeyLog, LogMessage


@renders(LogMessage)
def _log_message(d: Dialect, ev: LogMessage) -> list[str]:
    return [f"%{ev.facility}-{ev.severity}-{ev.mnemonic}: {ev.text}"]


@renders(KeyLog)
def _key_log(d: Dialect, ev: KeyLog) -> list[str]:
    """Keys are for the key log file, never for a console."""
    return []


LOGGED = frozenset({AuthenticationFailed})
"""Events with debug text that are logged besides."""


def log_of(event: Event) -> LogMessage | None:
    """The log message that `event` is, or causes besides its debug text."""
    if isinstance(event, LogMessage):
        return event
    if isinstance(event, AuthenticationFailed):
        text = f"IKE message from {event.sa.remote.address} failed its sanity check or is malformed"
        return LogMessage("CRYPTO", 4, "IKMP_BAD_MESSAGE", text)
    return None
