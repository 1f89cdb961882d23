"""Text as people paste it: prompts, remarks, odd blanks, notes between the lines. Sorts each line.

    R2(config-isakmp)#lifetime 60        <=== seconds
    or:  R2(config)#ip access-list extended VPN
    ---------------------------------------------

Columns stay those of the raw text: what is no command is blanked or cut off at the end.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto


class Sort(Enum):
    """What a line is."""

    BLANK = auto()
    COMMAND = auto()
    COMMENT = auto()
    EXEC = auto()
    """Typed at an exec prompt, or a command that only exec mode has."""
    OUTPUT = auto()
    """Below an exec prompt: what the router answered."""
    PROSE = auto()
    """A heading, a rule of dashes, a sentence."""
    ALTERNATIVE = auto()
    """`or:` another way to say the line before."""


@dataclass(frozen=True, slots=True)
class PastedLine:
    """One line. `text` has blanks where the prompt was; `remark` is what was cut off at its end."""

    number: int
    raw: str
    sort: Sort
    text: str = ""
    remark: str = ""
    prompt_mode: str | None = None
    """What the prompt says, such as `config-isakmp`; None without a prompt."""
    odd_blanks: bool = False

    @property
    def indented(self) -> bool:
        return self.prompt_mode is None and self.raw[:1].isspace()

    @property
    def whole(self) -> str:
        """The text with its remark."""
        return f"{self.text}{self.remark}"


_BLANKS = {ord(char): " " for char in "\u00a0\u1680\u2002\u2003\u2009\u200b\u202f\u3000\ufeff\u0000"}
_WIDE = "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]"
_PROMPT = re.compile(r"\s*(?P<host>[A-Za-z0-9][\w.@/:-]{0,62})(?:\((?P<mode>[a-z][\w-]*)\))?(?P<end>[#>])")
_REMARK = re.compile(rf"\s+<=+.*|(?:^|\s+){_WIDE}.*", re.DOTALL)
_OR = re.compile(r"\s*(?:或者|或|[Oo][Rr]|[Aa]lternatively)\s*[:\uff1a]\s*")
_RULE = re.compile(r"\s*[-=_*~+.]{3,}\s*")
_HEADER = re.compile(
    r"Building configuration|Current configuration|Using \d+ out of|Last configuration", re.I
)
_EXEC = re.compile(
    r"\s*(?:conf(?:i(?:g(?:u(?:re?)?)?)?)?\s+t\w*|wr(?:ite)?(?:\s+(?:mem\w*|term\w*))?|copy\s+run\S*\s+start\S*"
    r"|ena(?:b(?:le?)?)?|show\s.*|ping\s.*|debug\s.*|undebug\s.*|clear\s+crypto\s.*)\s*",
)


def hostnames(text: str) -> tuple[str, ...]:
    """The routers whose configuration prompts the text shows, in order of appearance."""
    found = (_PROMPT.match(_after_or(line)) for line in _lines(text))
    return tuple(dict.fromkeys(prompt["host"] for prompt in found if prompt and prompt["mode"]))


def split_by_hostname(text: str) -> dict[str, str]:
    """One text a router, from the prompts; line numbers stay. Empty if there are no prompts.

    A line without a prompt belongs to every router if it stands before the first prompt, else to
    the router of the prompt before it.
    """
    names = hostnames(text)
    kept: dict[str, list[str]] = {name: [] for name in names}
    owner: str | None = None
    for line in _lines(text):
        prompt = _PROMPT.match(_after_or(line))
        if prompt and prompt["host"] in kept:
            owner = prompt["host"]
        for name, lines in kept.items():
            lines.append(line if owner in (None, name) else "")
    return {name: "\n".join(lines) for name, lines in kept.items()}


def read(text: str) -> tuple[PastedLine, ...]:
    """Every line of the text, sorted."""
    names = hostnames(text)
    lines: list[PastedLine] = []
    below_exec = False
    banner: str | None = None
    for number, raw in enumerate(_lines(text), 1):
        if banner is not None:
            lines.append(PastedLine(number, raw, Sort.PROSE))
            banner = None if banner in raw else banner
            continue
        line = _sorted_line(number, raw, names, below_exec)
        if line.prompt_mode is not None or line.sort is Sort.COMMAND:
            below_exec = line.sort is Sort.EXEC and line.prompt_mode == ""
        started = re.match(r"\s*banner\s+(?:motd|login|exec|incoming)\s+(\^C|\S)(.*)", line.text)
        if line.sort is Sort.COMMAND and started:
            banner = None if started[1] in started[2] else started[1]
            line = PastedLine(number, raw, Sort.PROSE)
        lines.append(line)
    return tuple(lines)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _plain(raw: str) -> str:
    """The line with every odd blank made a plain one."""
    return raw.translate(_BLANKS)


def _after_or(raw: str) -> str:
    plain = _plain(raw)
    found = _OR.match(plain)
    return plain[found.end() :] if found else plain


def _sorted_line(number: int, raw: str, names: tuple[str, ...], below_exec: bool) -> PastedLine:
    plain = _plain(raw)
    odd = plain != raw
    if not plain.strip():
        return PastedLine(number, raw, Sort.BLANK)
    other = _OR.match(plain)
    start = other.end() if other else 0
    prompt = _PROMPT.match(plain[start:])
    if prompt and (prompt["mode"] or prompt["host"] in names):
        start += prompt.end()
        text, remark = _cut(" " * start + plain[start:])
        sort = _prompted(text, prompt, other is not None)
        return PastedLine(number, raw, sort, text, remark, prompt["mode"] or "", odd)
    if _RULE.fullmatch(plain):
        return PastedLine(number, raw, Sort.PROSE)
    if plain.lstrip().startswith("!"):
        return PastedLine(number, raw, Sort.COMMENT, plain)
    if below_exec:
        return PastedLine(number, raw, Sort.OUTPUT, plain)
    text, remark = _cut(plain)
    return PastedLine(number, raw, _unprompted(text, bool(names), other is not None), text, remark, None, odd)


def _prompted(text: str, prompt: re.Match[str], alternative: bool) -> Sort:
    if not text.strip():
        return Sort.BLANK
    if prompt["mode"] is None:
        return Sort.EXEC
    if alternative:
        return Sort.ALTERNATIVE
    return Sort.COMMENT if text.lstrip().startswith("!") else Sort.COMMAND


def _unprompted(text: str, transcript: bool, alternative: bool) -> Sort:
    """A line without a prompt. In a transcript, what does not begin like a command is prose."""
    if not text.strip() or _HEADER.match(text.lstrip()):
        return Sort.PROSE
    if alternative:
        return Sort.ALTERNATIVE if transcript else Sort.PROSE
    if _EXEC.fullmatch(text):
        return Sort.EXEC
    if transcript and re.match(r"\s*[a-z0-9]", text) is None:
        return Sort.PROSE
    return Sort.COMMAND


def _cut(text: str) -> tuple[str, str]:
    """The text and the remark at its end."""
    found = _REMARK.search(text)
    return (text[: found.start()], text[found.start() :]) if found else (text, "")
