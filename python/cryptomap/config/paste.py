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


_ODD_BLANK = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]"
)
"""Blanks that are no plain ones, control characters, marks without width."""
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|^\s*-+ ?[Mm]ore ?-+(?:[ \x08]*\x08)?")
"""What a terminal adds: colours, and the pager's prompt with the backspaces that wipe it out."""
_WIDE = "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]"
_PROMPT = re.compile(
    r"\s*(?P<host>[A-Za-z0-9][A-Za-z0-9_.@/:-]{0,62})(?:\((?P<mode>[a-z][\w-]*)\))?(?P<end>[#>])"
)
_REMARK = re.compile(rf"\s+(?:<=+|<-+|\u2190).*|(?:^|\s+)[(\[\"'*-]*{_WIDE}.*", re.DOTALL)
_OR = re.compile(r"\s*(?:或者|或|[Oo][Rr]|[Aa]lternatively)\s*[:\uff1a]\s*")
_RULE = re.compile(r"\s*[-=_*~+.]{3,}\s*")
_HEADER = re.compile(
    r"Building configuration|Current configuration|Using \d+ out of|Last configuration", re.I
)
_EXEC = re.compile(
    r"\s*(?:conf(?:i(?:g(?:u(?:re?)?)?)?)?\s+t\w*|wr(?:ite)?(?:\s+(?:mem\w*|term\w*))?|copy\s+run\S*\s+start\S*"
    r"|ena(?:b(?:le?)?)?|sh(?:ow?)?\s.*|ping\s.*|debug\s.*|undebug\s.*|clear\s+crypto\s.*"
    r"|term?\w*\s+(?:len|mon|wid)\w*.*|more\s+\S+:.*)\s*",
)
_PRINTS_CONFIGURATION = re.compile(r"\s*(?:sh(?:ow?)?\s+(?:run|start)\w*|wr(?:ite)?\s+term\w*|more\s).*")
_RENAMING = re.compile(r"\s*hostn(?:a(?:me?)?)?\s+(\S+)")


def hostnames(text: str) -> tuple[str, ...]:
    """The routers whose prompts the text shows, in order of appearance, by their last names."""
    return tuple(dict.fromkeys(name for name, _ in _owned(text) if name is not None))


def split_by_hostname(text: str) -> dict[str, str]:
    """One text a router, from the prompts; line numbers stay. Empty if there are no prompts.

    A line without a prompt belongs to every router if it stands before the first prompt, else to
    the router of the prompt before it. A router that is given a hostname stays the same one.
    """
    owned = _owned(text)
    names = dict.fromkeys(name for name, _ in owned if name is not None)
    return {name: "\n".join(line if owner in (None, name) else "" for owner, line in owned) for name in names}


def _owned(text: str) -> list[tuple[str | None, str]]:
    """Every line with the last name of its router; None before the first prompt."""
    routers: dict[str, int] = {}
    names: list[str] = []
    owners: list[tuple[int | None, str]] = []
    owner: int | None = None
    for line in _lines(text):
        prompt = _PROMPT.match(_after_or(line))
        if prompt and prompt["host"] not in routers and _is_certain(prompt):
            routers[prompt["host"]] = len(names)
            names.append(prompt["host"])
        if prompt and prompt["host"] in routers:
            owner = routers[prompt["host"]]
            renaming = _RENAMING.match(prompt.string, prompt.end())
            if prompt["mode"] and renaming:
                names[owner] = renaming[1]
                routers[renaming[1]] = routers.pop(prompt["host"])
        owners.append((owner, line))
    return [(None if number is None else names[number], line) for number, line in owners]


def _is_certain(prompt: re.Match[str]) -> bool:
    """Whether it can be nothing but a prompt: of a configuration mode, or before an exec command."""
    return bool(prompt["mode"] or _EXEC.fullmatch(prompt.string, prompt.end()))


def read(text: str) -> tuple[PastedLine, ...]:
    """Every line of the text, sorted."""
    prompts = (_PROMPT.match(_after_or(line)) for line in _lines(text))
    names = frozenset(prompt["host"] for prompt in prompts if prompt and _is_certain(prompt))
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
            asked = line.sort is Sort.EXEC and line.prompt_mode == ""
            below_exec = asked and not _PRINTS_CONFIGURATION.fullmatch(line.text)
        started = re.match(r"\s*banner\s+(?:motd|login|exec|incoming)\s+(\^C|\S)(.*)", line.text)
        if line.sort is Sort.COMMAND and started:
            banner = None if started[1] in started[2] else started[1]
            line = PastedLine(number, raw, Sort.PROSE)
        lines.append(line)
    return tuple(lines)


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [_TERMINAL.sub("", line) for line in lines]


def plain(raw: str) -> str:
    """The line with every odd blank and control character made a plain blank; columns stay."""
    return _ODD_BLANK.sub(" ", raw)


def _after_or(raw: str) -> str:
    line = plain(raw)
    found = _OR.match(line)
    return line[found.end() :] if found else line


def _sorted_line(number: int, raw: str, names: frozenset[str], below_exec: bool) -> PastedLine:
    line = plain(raw)
    odd = line != raw
    if not line.strip():
        return PastedLine(number, raw, Sort.BLANK)
    other = _OR.match(line)
    start = other.end() if other else 0
    prompt = _PROMPT.match(line[start:])
    if prompt and (prompt["mode"] or prompt["host"] in names):
        start += prompt.end()
        text, remark = _cut(" " * start + line[start:])
        sort = _prompted(text, prompt, other is not None)
        return PastedLine(number, raw, sort, text, remark, prompt["mode"] or "", odd)
    if _RULE.fullmatch(line):
        return PastedLine(number, raw, Sort.PROSE)
    if line.lstrip().startswith("!"):
        return PastedLine(number, raw, Sort.COMMENT, line)
    if below_exec:
        return PastedLine(number, raw, Sort.OUTPUT, line)
    text, remark = _cut(line)
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
