"""What a show or exec command or an action is: a grammar string, help, a function from arguments to text."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cryptomap.cli.router import Router
from cryptomap.model.config import Personality
from cryptomap.model.error import CryptomapError


class RefusedError(CryptomapError):
    """The command was understood but will not be done. Its text is printed as it is."""


class Console(Protocol):
    """What a command may see and change of the session that runs it."""

    router: Router
    monitor: bool
    """Whether `terminal monitor` asked for debug and log lines."""
    closed: bool
    """Set by `exit` and `logout` in exec mode."""
    privileged: bool
    aborted: bool
    """Set from outside while a command runs: it is to end as soon as it can."""

    def configure(self) -> None:
        """Enter global configuration mode."""

    def ask(
        self,
        question: str,
        then: "Callable[[str], Output]",
        default: str | None = "",
        *,
        hidden: bool = False,
    ) -> None:
        """Print `question` in place of the next prompt; `then` gets the line that is typed there, and may
        ask again. A session that nobody sits at takes the default at once; with None it waits for a line.
        What is typed to a `hidden` question is not shown."""

    @property
    def personality(self) -> Personality: ...


Arguments = Mapping[str, Any]
Output = str | AsyncIterator[str]
Run = Callable[[Console, Arguments], Output]


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """One exec-mode command, or action. `help` has a text for each word of the grammar.

    `run` gets the named values of the grammar and returns the whole text, or an iterator where
    the text comes slowly (ping). Text is made of lines that end in a newline, or is empty.
    """

    grammar: str
    help: Mapping[str, str]
    run: Run
    user: bool = False
    """Whether it may be used before `enable`."""


def show(
    grammar: str, help: Mapping[str, str], text: Callable[[Router, Personality, Arguments], str]
) -> Command:
    """A show command: reads the router, changes nothing. Its output can be filtered."""
    return Command(grammar, help, lambda console, args: text(console.router, console.personality, args), True)
