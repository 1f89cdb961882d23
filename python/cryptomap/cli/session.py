"""One person's (or script's) conversation with a router: a line in, text out. No IO.

    session = Session(router)
    print(session.prompt, end="")
    async for text in session.execute("show crypto isakmp sa"):
        print(text, end="")

Text comes in pieces of any size, with `\\n` line ends; between two `execute` calls it ends in a
line end or is empty. Echo, `\\r\\n` and line editing are the caller's.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from cryptomap.cli.command import Arguments, Command, Output, RefusedError
from cryptomap.cli.configuring import Configuring
from cryptomap.cli.filters import FILTERS, Filter
from cryptomap.cli.help import exec_help, help_text
from cryptomap.cli.registry import tree
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.config.tree import CommandTree, Incomplete, Invalid, Match, ParseError
from cryptomap.model.config import Personality
from cryptomap.model.error import CryptomapError, MisuseError

MAX_LINE = 4096
"""Longest line taken, in characters; IOS stops at 254, pasted remarks can be longer."""

UNKNOWN_COMMAND = "% Unknown command or computer name, or unable to find computer address\n"


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    then: Callable[[str], Output]
    default: str | None
    hidden: bool


class Session:
    """`prompt` before a line, `execute` for it, then `refused` and `closed` to look at.

    `interactive=False` is for commands given one by one without a person: questions take their
    default. `privileged=False` starts at `>`.
    """

    def __init__(self, router: Router, *, interactive: bool = True, privileged: bool = True) -> None:
        self.router = router
        self.monitor = False
        self.closed = False
        self.privileged = privileged
        self.aborted = False
        self.refused = False
        """Whether the last line was not done: unknown, incomplete, ambiguous or refused."""
        self._interactive = interactive
        self._configuring: Configuring | None = None
        self._question: _Question | None = None

    @property
    def prompt(self) -> str:
        """Such as `R2#`, `R2(config-if)#`, or the question that waits for an answer."""
        if self._question:
            return self._question.text
        hostname = self.router.config.hostname
        if self._configuring:
            return f"{hostname}{self._configuring.prompt}#"
        return f"{hostname}{'#' if self.privileged else '>'}"

    @property
    def personality(self) -> Personality:
        return self.router.config.personality

    @property
    def configuring(self) -> bool:
        """Whether a configuration mode is open."""
        return self._configuring is not None

    @property
    def asking(self) -> bool:
        """Whether the next line is an answer, or one line of a text that ends with `quit`."""
        return self._question is not None

    def configure(self) -> None:
        self._configuring = Configuring(self.router)

    @property
    def hidden(self) -> bool:
        """Whether the next line is a password, which is not shown."""
        return self._question is not None and self._question.hidden

    def ask(
        self,
        question: str,
        then: Callable[[str], Output],
        default: str | None = "",
        *,
        hidden: bool = False,
    ) -> None:
        self._question = _Question(question, then, default, hidden)

    def end(self) -> None:
        """Control-Z: leave configuration, or drop a question."""
        self._configuring = None
        self._question = None

    def abort(self) -> None:
        """The escape sequence: the command that runs is to end as soon as it can."""
        self.aborted = True

    async def execute(self, line: str) -> AsyncIterator[str]:
        """Do one line and stream what it prints. No line raises; a refused one sets `refused`."""
        self.refused = self.aborted = False
        line = clean(line)
        try:
            async for text in self._line(line):
                yield text
            while self._question and self._question.default is not None and not self._interactive:
                async for text in self._answer(self._question, self._question.default):
                    yield text
        except CryptomapError as error:
            self._question = None
            yield self._refuse(message(error))

    def help(self, line: str) -> str:
        """What `?` behind `line` prints."""
        line = clean(line)
        if self._configuring:
            return help_text(self._configuring.help(line), len(self.prompt))
        return exec_help(tree(self.privileged), line, len(self.prompt))

    def complete(self, line: str) -> str:
        """`line` after Tab: its last word whole if only one keyword fits, else as it is."""
        source = self._configuring or tree(self.privileged)
        words = source.complete(line)
        if len(words) != 1:
            return line
        start = len(line) - len(line.split()[-1])
        return f"{line[:start]}{words[0]} "

    async def _line(self, line: str) -> AsyncIterator[str]:
        if self._question:
            async for text in self._answer(self._question, line.strip()):
                yield text
        elif len(line) > MAX_LINE:
            yield self._refuse(f"% Line longer than {MAX_LINE} characters\n")
        elif line.rstrip().endswith("?") and not self._takes_text:
            yield self.help(line.rstrip()[:-1])
        elif self._takes_text or (line.strip() and not line.lstrip().startswith("!")):
            async for text in self._command(line):
                yield text

    @property
    def _takes_text(self) -> bool:
        return self._configuring is not None and self._configuring.takes_text

    async def _answer(self, question: _Question, answer: str) -> AsyncIterator[str]:
        self._question = None
        async for text in _stream(question.then(answer)):
            yield text

    async def _run(self, command: object, arguments: Arguments) -> AsyncIterator[str]:
        if not isinstance(command, Command):
            raise MisuseError(f"{command!r} is no command of the console")
        async for text in _stream(command.run(self, arguments)):
            yield text

    async def _command(self, line: str) -> AsyncIterator[str]:
        if self._configuring is None:
            async for text in self._exec(line):
                yield text
            return
        outcome = self._configuring.line(line, len(self.prompt))
        if outcome.do is not None:
            # Blanks stand for what came before the command, so that a caret still points at the word.
            async for text in self._exec(" " * (len(line) - len(outcome.do)) + outcome.do):
                yield text
            return
        if outcome.act is not None:
            async for text in self._run(outcome.act.action, outcome.act.arguments):
                yield text
            return
        self.refused = outcome.refused
        if outcome.finished:
            self._configuring = None
        yield outcome.text

    async def _exec(self, line: str) -> AsyncIterator[str]:
        commands = tree(self.privileged)
        command_line, kept = self._split_filter(commands, line)
        if isinstance(kept, Invalid | Incomplete):
            yield self._error(line, kept)
            return
        found = commands.match(command_line) if command_line.strip() else Incomplete(0)
        if not isinstance(found, Match):
            yield self._error(line, found)
            return
        async for text in self._run(found.command, found.arguments):
            yield kept.apply(text) if kept else text

    def _split_filter(
        self, commands: CommandTree[Command], line: str
    ) -> tuple[str, Filter | Invalid | Incomplete | None]:
        """The command before a `|` and the filter behind it; only show commands can have one."""
        before, bar, behind = line.partition("|")
        if not bar or not is_show(line):
            return line, None
        words = behind.split(maxsplit=1)
        if len(words) < 2:
            return before, Incomplete(len(line))
        names = [name for name in FILTERS if name.startswith(words[0].lower())]
        if len(names) != 1:
            return before, Invalid(len(before) + 1 + behind.index(words[0]), words[0], 1)
        return before, Filter(names[0], words[1].rstrip())

    def _error(self, line: str, error: ParseError) -> str:
        if isinstance(error, Invalid) and error.index == 0 and len(line.split()) == 1:
            return self._refuse(UNKNOWN_COMMAND)
        return self._refuse(block(error.render(len(self.prompt))))

    def _refuse(self, text: str) -> str:
        self.refused = True
        return text


async def _stream(output: Output) -> AsyncIterator[str]:
    if isinstance(output, str):
        yield output
        return
    async for text in output:
        yield text


def is_show(line: str) -> bool:
    """Whether the first word is `show`, or what is left of it (`sh`)."""
    words = line.split(maxsplit=1)
    return bool(words) and len(words[0]) > 1 and "show".startswith(words[0].lower())


def clean(line: str) -> str:
    """The line without its end, with no-break blanks and tabs as blanks and no control characters."""
    plain = line.rstrip("\r\n").replace("\u00a0", " ").replace("\t", " ")
    return "".join(_printable(plain))


def _printable(line: str) -> Iterator[str]:
    return (char for char in line if char >= " " and char != "\x7f")


def message(error: CryptomapError) -> str:
    """An error as the console prints it: behind a `%`, with a line end."""
    text = str(error)
    if isinstance(error, RefusedError):
        return text
    return f"{text if text.startswith('%') else f'% {text}'}\n"
