"""How the two personalities spell the parts that every debug line shares: prefixes, node ids, padding."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from cryptomap.model.config import Personality
from cryptomap.model.event import Event, SaRef

E = TypeVar("E")
Renderer = Callable[["Dialect", E], list[str]]


class Form(Enum):
    """The three ways 15.x opens a line about an SA; 12.3 has one."""

    SPACED = "ISAKMP:({}): {}"
    TIGHT = "ISAKMP:({}):{}"
    OPEN = "ISAKMP ({}): {}"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One personality's spelling."""

    personality: Personality

    @property
    def old(self) -> bool:
        return self.personality is Personality.IOS_12_3

    def about(self, sa: SaRef, text: str, form: Form = Form.SPACED) -> str:
        """A line about `sa`: 12.3 numbers SAs as `slot:handle`, 15.x by connection id."""
        if self.old:
            return f"ISAKMP (0:{sa.handle}): {text}"
        return form.value.format(sa.connection_id, text)

    def node(self, message_id: int) -> str:
        """A message id as printed: 12.3 shows it signed, 15.x unsigned."""
        if self.old and message_id >= 1 << 31:
            message_id -= 1 << 32
        return str(message_id)


def pointer(sa: SaRef) -> str:
    """Stands where IOS prints the address of its SA structure: stable for one SA, and unique."""
    return f"{0x62000000 + (sa.handle & 0xFFFFF) * 0x5E8:08X}"


def padded(state: str) -> str:
    """IOS keeps six blanks after `QM_IDLE`, wherever it stands."""
    return f"{state}      " if state == "QM_IDLE" else state


RENDERERS: dict[type, Renderer[Event]] = {}


def renders(event: type[E]) -> Callable[[Renderer[E]], Renderer[E]]:
    """Registers the decorated function as the text of one event class."""

    def register(function: Renderer[E]) -> Renderer[E]:
        RENDERERS[event] = function  # type: ignore[assignment]
        return function

    return register
