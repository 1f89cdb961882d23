"""`banner ^C text ^C` of a client group: a text between two delimiters, over any number of lines."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Piece, RefusedError, TextCommand, texts
from cryptomap.config.mode import CLIENT_GROUP
from cryptomap.model.remote_access import ClientGroup

DELIMITER = "^C"
"""Two characters that stand for one, as IOS prints it. Any other one will do when it is typed."""
MAXIMUM = 1024
"""Characters, as in IOS."""


class GroupBanner(TextCommand):
    mode, order, fields = CLIENT_GROUP, 16, ("banner",)
    grammar = "banner ![LINE$text]"
    help = texts(
        {
            "banner": "Specify mode config banner",
            "$text": "c banner-text c, where 'c' is a delimiting character",
        }
    )

    def first(self, text: str) -> Piece:
        return _piece(text[len(_delimiter(text)) :], _delimiter(text))

    def more(self, line: str, text: str) -> Piece:
        return _piece(line, _delimiter(text))

    def apply(self, group: ClientGroup, lines: tuple[str, ...], text: str) -> ClientGroup:
        banner = "\n".join(lines)
        if not banner.strip() or len(banner) > MAXIMUM or DELIMITER in banner:
            raise RefusedError(f"% A banner has 1 to {MAXIMUM} characters and no {DELIMITER} in it.")
        return replace(group, banner=banner)

    def notices(self, group: ClientGroup, text: str) -> Iterable[str]:
        yield f"Enter TEXT message.  End with the character '{_delimiter(text)}'."

    def render(self, group: ClientGroup) -> Iterable[str]:
        if group.banner is not None:
            yield f"banner {DELIMITER}{group.banner}{DELIMITER}"


def _delimiter(text: str) -> str:
    return DELIMITER if text.startswith(DELIMITER) else text[0]


def _piece(line: str, delimiter: str) -> Piece:
    text, found, _ = line.partition(delimiter)
    return Piece(("".join(char for char in text if char >= " "),), bool(found))
