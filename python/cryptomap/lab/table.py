"""Reading a TOML table key by key, with an error that says file, place, what was wrong and what was meant."""

from collections.abc import Mapping
from typing import NoReturn

from cryptomap.model.error import CryptomapError


class LabError(CryptomapError):
    """A lab that cannot be found or does not describe one."""


class Table:
    """A table at `place` of `file`. Keys are taken once; `finish` refuses what nobody took."""

    def __init__(self, file: str, place: str, content: Mapping[str, object]) -> None:
        self.file = file
        self.place = place
        self._left = dict(content)
        self._taken: list[str] = []

    def fail(self, reason: str) -> NoReturn:
        raise LabError(f"{self.file}: {self.place + ': ' if self.place else ''}{reason}")

    def has(self, key: str) -> bool:
        """Whether the key is there and not taken yet."""
        return key in self._left

    def keys(self) -> list[str]:
        """Keys that are there and not taken yet, in file order."""
        return list(self._left)

    def text(self, key: str) -> str:
        """A string that must be there."""
        value = self.optional_text(key)
        if value is None:
            self.fail(f"{key} is missing")
        return value

    def optional_text(self, key: str) -> str | None:
        value = self._take(key)
        if value is not None and not isinstance(value, str):
            self.fail(f'{key} must be text in quotes, such as {key} = "..."')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, or one string; empty when the key is not there."""
        value = self._take(key)
        items = [value] if isinstance(value, str) else value or []
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            self.fail(f'{key} must be a list of texts, such as {key} = ["...", "..."]')
        return tuple(str(item) for item in items)

    def texts_by_name(self, key: str) -> dict[str, str]:
        """A table of strings; empty when the key is not there."""
        value = self._take(key)
        items = value if value is not None else {}
        if not isinstance(items, dict) or not all(isinstance(item, str) for item in items.values()):
            self.fail(f'{key} must be names and texts, such as {key} = {{ eth0 = "..." }}')
        return {str(name): str(item) for name, item in items.items()}

    def number(self, key: str, default: int) -> int:
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fail(f"{key} must be a whole number, such as {key} = {default or 5}")
        return value

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self.fail(f"{key} must be true or false")
        return bool(value)

    def tables(self, key: str) -> list[tuple[str, "Table"]]:
        """Named tables, `[key.NAME]`, in file order."""
        value = self._take(key) or {}
        if not isinstance(value, dict) or not all(isinstance(item, dict) for item in value.values()):
            self.fail(f"{key} must be tables, each headed [{key}.NAME]")
        return [(str(name), Table(self.file, f"[{key}.{name}]", item)) for name, item in value.items()]

    def list_of_tables(self, key: str) -> list["Table"]:
        """Repeated tables, `[[key]]`, in file order."""
        value = self._take(key) or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fail(f"{key} must be repeated tables, each headed [[{key}]]")
        return [Table(self.file, f"[[{key}]] number {number}", item) for number, item in enumerate(value, 1)]

    def finish(self) -> None:
        """Refuse keys that nobody took."""
        if self._left:
            known = ", ".join(sorted(self._taken))
            self.fail(f"unknown key {next(iter(self._left))!r}; here these have a meaning: {known}")

    def _take(self, key: str) -> object:
        self._taken.append(key)
        return self._left.pop(key, None)
