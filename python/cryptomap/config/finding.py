"""What a check of a whole configuration reports."""

from dataclasses import dataclass

SHIELD = "crypto engine compliance shield disable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong. `word` is the word of a line that it is about, where there is one."""

    message: str
    fatal: bool
    word: str = ""


def missing(where: str, what: str, name: str) -> Finding:
    """A name that stands for nothing: it does nothing until there is such a thing."""
    return Finding(f'{where}: there is no {what} "{name}"', False, name)
