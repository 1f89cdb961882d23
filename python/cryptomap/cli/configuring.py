"""`configure terminal` at a running router: each accepted line is committed at once, or taken back."""

from dataclasses import dataclass

from cryptomap.cli.registry import actions
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.config.session import ConfigReply, Configurator
from cryptomap.config.step import Act
from cryptomap.config.tree import Help, ParseError
from cryptomap.model.error import ConfigurationError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a configuration line did. `do` is an exec command to run, `act` an action to do,
    `finished` leaves the mode."""

    text: str = ""
    refused: bool = False
    finished: bool = False
    do: str | None = None
    act: Act | None = None


class Configuring:
    """The configuration mode of one session. Other sessions may configure meanwhile."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._configurator = Configurator(router.config, router.random, actions())

    @property
    def prompt(self) -> str:
        """What the prompt shows behind the hostname, such as `(config-if)`."""
        return self._configurator.prompt_suffix

    @property
    def takes_text(self) -> bool:
        """Whether a text is open: every line belongs to it, whatever it looks like."""
        return self._configurator.takes_text

    def line(self, line: str, prompt_width: int) -> Outcome:
        """Take one line; `prompt_width` is where it began on the screen."""
        before = self._router.config
        if self._configurator.config is not before:
            self._configurator.refresh(before)
        reply = self._configurator.line(line)
        if reply.error is not None:
            return Outcome(block(reply.error.render(prompt_width)), refused=True)
        if reply.refused:
            return Outcome(_messages(reply), refused=True)
        if self._configurator.config is not before:
            try:
                self._router.commit(self._configurator.config)
            except ConfigurationError as error:
                self._configurator.refresh(before)
                return Outcome(_messages(reply) + f"% {error}\n", refused=True)
        return Outcome(_messages(reply), finished=reply.ended, do=reply.exec_line, act=reply.act)

    def help(self, line: str) -> Help | ParseError:
        return self._configurator.help(line)

    def complete(self, line: str) -> tuple[str, ...]:
        return self._configurator.complete(line)


def _messages(reply: ConfigReply) -> str:
    return block(message.rstrip("\n") for message in reply.messages)
