"""Events turned into the text of debug crypto isakmp and debug crypto ipsec; asks nothing of the router.

A message is one string; the lines after its first are separated by newlines inside it, because
IOS stamps the first line only.
"""

from collections.abc import Collection
from datetime import datetime

from cryptomap.cli.debug import certificate, identity, ipsec, isakmp, log, negotiation, remote_access
from cryptomap.cli.debug.dialect import RENDERERS, Dialect
from cryptomap.cli.debug.log import LOGGED, log_of
from cryptomap.cli.router import DebugFlag
from cryptomap.model.config import Personality
from cryptomap.model.event import DeleteNotSent, Event, IpsecEvent, IsakmpEvent

__all__ = [
    "certificate",
    "console_lines",
    "debug_flag",
    "identity",
    "ipsec",
    "isakmp",
    "log",
    "log_of",
    "negotiation",
    "remote_access",
]
__all__ += ["render_event", "stamp", "unseen"]


def render_event(event: Event, personality: Personality) -> list[str]:
    """The messages of one event, without time stamps. Empty when this personality says nothing."""
    renderer = RENDERERS.get(type(event))
    return renderer(Dialect(personality), event) if renderer else []


def debug_flag(kind: type[Event]) -> DebugFlag | None:
    """Which `debug` shows events of this kind; None for what is logged in any case (or never shown)."""
    if issubclass(kind, IsakmpEvent | DeleteNotSent):
        return DebugFlag.ISAKMP
    return DebugFlag.IPSEC if issubclass(kind, IpsecEvent) else None


def unseen(debugging: Collection[DebugFlag]) -> frozenset[type[Event]]:
    """The kinds of events that nobody sees while these debugs are on."""
    shown = {None, *debugging}
    return frozenset(kind for kind in RENDERERS if debug_flag(kind) not in shown and kind not in LOGGED)


def console_lines(
    event: Event, personality: Personality, debugging: Collection[DebugFlag], now: datetime
) -> list[str]:
    """Everything the console gets for `event` at `now`: log lines, and debug text if it is on.

    One item is one physical line, without its line end.
    """
    flag = debug_flag(type(event))
    messages = render_event(event, personality) if flag is None or flag in debugging else []
    message = log_of(event)
    if message is not None and message is not event:
        messages = [*messages, *render_event(message, personality)]
    return [line for text in messages for line in stamp(text, now).split("\n")]


def stamp(message: str, now: datetime) -> str:
    """`*Mar  1 00:55:40.767: ` before the message, as `service timestamps debug datetime msec` does."""
    return f"*{now:%b} {now.day:2} {now:%H:%M:%S}.{now.microsecond // 1000:03}: {message}"
