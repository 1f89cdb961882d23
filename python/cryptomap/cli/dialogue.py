"""What actions ask of whoever types: yes or no, and texts of several lines. Scripts are asked too."""

from collections.abc import Callable

from cryptomap.cli.command import Console, Output, RefusedError

MOST_CHARACTERS = 65536
"""Of a text of several lines."""


def confirm(console: Console, question: str, yes: Callable[[], Output], no: Callable[[], Output]) -> None:
    """Ask until the answer is yes or no; either may be shortened."""

    def take(answer: str) -> Output:
        word = answer.lower()
        for full, then in (("yes", yes), ("no", no)):
            if word and full.startswith(word):
                return then()
        confirm(console, question, yes, no)
        return "% Please answer 'yes' or 'no'.\n"

    console.ask(f"{question} [yes/no]: ", take, default=None)


def collect(console: Console, then: Callable[[str], Output], *, blank_ends: bool = False) -> None:
    """Take lines up to `quit` on a line by itself, or up to a blank line behind others."""
    lines: list[str] = []

    def take(line: str) -> Output:
        if line == "quit" or (blank_ends and not line and lines):
            return then("".join(f"{each}\n" for each in lines))
        if sum(map(len, lines)) + len(line) > MOST_CHARACTERS:
            raise RefusedError(f"% More than {MOST_CHARACTERS} characters\n")
        lines.append(line)
        console.ask("", take, default=None)
        return ""

    console.ask("", take, default=None)
