"""A configured secret."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """`kind` is IOS's number: 0 as typed, 6 kept as stored, 7 obfuscated; 5, 8 and 9 are hashes.

    `repr` hides the value.
    """

    value: str = field(repr=False)
    kind: int = 0
