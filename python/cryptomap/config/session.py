"""`configure terminal`: lines in, configurations out. Each accepted line takes effect at once, as in IOS."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cryptomap.config.action import Action
from cryptomap.config.command import ModeCommand, RandomSource, no_random
from cryptomap.config.context import TOP
from cryptomap.config.mode import Mode
from cryptomap.config.paste import plain
from cryptomap.config.registry import tree
from cryptomap.config.step import Act, ExecLine, Left, Refused, Taken, step
from cryptomap.config.tree import Help, HelpItem, ParseError
from cryptomap.config.validate import Finding, validate
from cryptomap.model.config import RouterConfig


@dataclass(frozen=True, slots=True)
class ConfigReply:
    """What one line did. `messages` are to be printed as they are.

    `error` is a line that could not be read: print `error.render(prompt_width)`. A refused line has
    `refused` set and its reason in `messages`. `exec_line` is what followed `do`, `act` an action to do.
    """

    messages: tuple[str, ...] = ()
    error: ParseError | None = None
    refused: bool = False
    exec_line: str | None = None
    act: Act | None = None
    ended: bool = False
    """`end`, or `exit` in global mode: back to exec mode."""

    @property
    def accepted(self) -> bool:
        return self.error is None and not self.refused


class Configurator:
    """An interactive configuration session. `config` is new after each accepted line.

    `actions` are found among the commands and given back.

    A block whose defaults are weak (`opens_weak`) is a draft until lines below its first made it strong:
    only then is it part of `config`. It is given up when it is left before.
    """

    def __init__(
        self, config: RouterConfig, random: RandomSource = no_random, actions: tuple[Action, ...] = ()
    ) -> None:
        self.config = config
        self._actions = actions
        self._context = TOP
        self._draft: RouterConfig | None = None
        """`config` with the weak block that `_context` is in."""
        self._random = random

    @property
    def mode(self) -> Mode:
        return self._context.mode

    @property
    def takes_text(self) -> bool:
        """Whether a text is open: every line belongs to it, whatever it looks like."""
        return self._context.text is not None

    @property
    def prompt_suffix(self) -> str:
        """What stands between the hostname and `#`, such as `(config-isakmp)`."""
        return f"({self._context.prompt})"

    def line(self, text: str) -> ConfigReply:
        """Take one line. Blank lines and `!` comments do nothing, but in a text."""
        text = plain(text)
        if not self.takes_text and (not text.strip() or text.lstrip().startswith("!")):
            return ConfigReply()
        outcome = step(self._draft or self.config, self._context, text, self._random, self._actions)
        match outcome:
            case Taken():
                if self._draft and outcome.context != self._context:
                    return self._leaving(text)
                return self._take(outcome)
            case Left(context):
                messages = self._give_up()
                self._context = context or TOP
                return ConfigReply(messages, ended=context is None)
            case ExecLine(line):
                return ConfigReply(exec_line=line)
            case Act():
                messages = self._give_up()
                self._context = TOP
                return ConfigReply(messages, act=outcome)
            case Refused(message, context):
                self._context = context or self._context
                return ConfigReply((message,), refused=True)
            case _:
                return ConfigReply(error=outcome)

    def refresh(self, config: RouterConfig) -> None:
        """Go on from another configuration: another session changed it, or a commit failed."""
        if self._draft:
            mode, key = self._context.mode, self._context.key
            self._draft = mode.put(config, key, mode.get(self._draft, key))
        self.config = config
        try:
            self.mode.get(self._draft or config, self._context.key)
        except (KeyError, ValueError):
            self._context = TOP

    def help(self, line: str) -> Help | ParseError:
        """The answer to `?` after `line`."""
        if self.takes_text:
            return Help((HelpItem("LINE", "A line of the text"),), partial=False)
        answers = [tree(mode, self._actions).help(line) for mode in self._modes()]
        return next((each for each in answers if isinstance(each, Help)), answers[0])

    def complete(self, line: str) -> tuple[str, ...]:
        """The keywords the last word of `line` may become; one is what Tab puts in."""
        if self.takes_text:
            return ()
        answers = (tree(mode, self._actions).complete(line) for mode in self._modes())
        return next((found for found in answers if found), ())

    def _modes(self) -> Iterator[Mode]:
        """The mode, and those above it."""
        mode: Mode | None = self.mode
        while mode is not None:
            yield mode
            mode = mode.parent

    def _take(self, taken: Taken) -> ConfigReply:
        opens_weak = isinstance(taken.command, ModeCommand) and taken.command.opens_weak
        refusals = _made_wrong(self._draft or self.config, taken.config)
        if refusals and not opens_weak:
            return ConfigReply(_percent(refusals), refused=True)
        self._context = taken.context
        if _made_wrong(self.config, taken.config):
            self._draft = taken.config
        else:
            self.config, self._draft = taken.config, None
        return ConfigReply(taken.notices)

    def _leaving(self, text: str) -> ConfigReply:
        """Take a line that ends the block of the draft."""
        messages = self._give_up()
        reply = self.line(text)
        return replace(reply, messages=(*messages, *reply.messages))

    def _give_up(self) -> tuple[str, ...]:
        """Drop the draft, if there is one; why."""
        if self._draft is None:
            return ()
        findings = _made_wrong(self.config, self._draft)
        self._draft, self._context = None, TOP
        return (*_percent(findings), "% It is not kept.")


def _made_wrong(before: RouterConfig, after: RouterConfig) -> list[Finding]:
    """What must not run that a change brought in."""
    known = set(validate(before))
    return [each for each in validate(after) if each.fatal and each not in known]


def _percent(findings: list[Finding]) -> tuple[str, ...]:
    return tuple(f"% {each.message}" for each in findings)
