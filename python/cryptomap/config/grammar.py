"""Grammar strings: how one command is written, compiled to a tree of nodes.

    crypto isakmp policy (1-10000)$priority
    encryption <des|3des|aes [<128|192|256>$bits]>$cipher
    set transform-set WORD$names...

    word            keyword           word$name     keyword that becomes an argument
    (1-100)$name    number range      KIND$name     typed value, see `tokens.KINDS` and INTERFACE
    <a|b>           one of            <a|b>$name    the first word of the branch becomes the argument
    [x]             optional          ![x]          needed, but may be left out after `no`
    {a|b}$name      each branch at most once, at least one, in any order: a tuple of `Branch`
    x...            once or more: a tuple

Only what has a `$name` reaches the command's handler.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from cryptomap.config.tokens import KINDS, Capture, Keyword, Range, Token, Variable
from cryptomap.model.error import MisuseError


class GrammarError(MisuseError):
    """A grammar string that cannot be read: a bug in the command's file."""


@dataclass(frozen=True, slots=True)
class Choice:
    branches: tuple["Stack", ...]


@dataclass(frozen=True, slots=True)
class OrderedSet:
    """Branches left to choose from; `started` once one was chosen."""

    name: str
    branches: tuple["Stack", ...]
    started: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    token: Variable


@dataclass(frozen=True, slots=True)
class Marker:
    """Opens (`name` set) or closes (None) the arguments of one `OrderedSet` branch."""

    name: str | None


Node = Keyword | Range | Variable | Choice | OrderedSet | Many | Marker
Stack = tuple[Node, ...]
"""What is still to be matched, next first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One way on: `token` takes the next word (None: the line may end), then `rest` follows."""

    token: Token | None
    rest: Stack
    markers: tuple[Marker, ...] = ()


@lru_cache(maxsize=65536)
def steps(stack: Stack) -> tuple[Step, ...]:
    """Every way to go on from `stack`, in the order the grammar names them."""
    return tuple(_steps(stack, ()))


def _steps(stack: Stack, markers: tuple[Marker, ...]) -> Iterator[Step]:
    if not stack:
        yield Step(None, (), markers)
        return
    node, rest = stack[0], stack[1:]
    match node:
        case Marker():
            yield from _steps(rest, (*markers, node))
        case Choice(branches):
            for branch in branches:
                yield from _steps(branch + rest, markers)
        case OrderedSet(name, branches, started):
            for index, branch in enumerate(branches):
                left = OrderedSet(name, branches[:index] + branches[index + 1 :], started=True)
                yield from _steps((Marker(name), *branch, Marker(None), left, *rest), markers)
            if started:
                yield from _steps(rest, markers)
        case Many(token):
            yield Step(token, (Choice(((node,), ())), *rest), markers)
        case _:
            yield Step(node, rest, markers)


def keyword_prefix(stack: Stack) -> int:
    """How many bare keywords a command starts with: they name it."""
    count = 0
    for node in stack:
        if not _is_bare(node):
            break
        count += 1
    return count


def _is_bare(node: Node) -> bool:
    """One keyword, or one of several (`<pki|ca>`), that is no argument."""
    words = (
        [branch[0] for branch in node.branches if len(branch) == 1] if isinstance(node, Choice) else [node]
    )
    whole = not isinstance(node, Choice) or len(words) == len(node.branches)
    return whole and all(isinstance(word, Keyword) and word.name is None for word in words)


def compile_grammar(text: str, negated: bool = False) -> Stack:
    """The nodes of a grammar string; `negated` compiles what follows `no`.

    Raises `GrammarError` for a string that cannot be read.
    """
    return _Parser(text, negated).parse()


def _names(stack: Stack) -> Iterator[str | None]:
    for node in stack:
        match node:
            case Choice(branches) | OrderedSet(_, branches, _):
                for branch in branches:
                    yield from _names(branch)
            case Many(token):
                yield token.name
            case Marker():
                pass
            case _:
                yield node.name


_LEXEME = re.compile(
    r"\s*(!\[|\.\.\.|[<>\[\]{}|]|\(\d+-\d+\)|\$\w+|[A-Za-z0-9][A-Za-z0-9_/-]*(?:\.\w[\w/]*)*)"
)


class _Parser:
    """Recursive descent over the lexemes of one grammar string."""

    def __init__(self, text: str, negated: bool) -> None:
        self.text, self.negated = text, negated
        self.lexemes: list[str] = []
        position = 0
        while text[position:].strip():
            found = _LEXEME.match(text, position)
            if found is None:
                raise GrammarError(f"grammar {text!r}: cannot read {text[position:]!r}")
            self.lexemes.append(found[1])
            position = found.end()
        self.next = 0

    def parse(self) -> Stack:
        nodes = self.sequence()
        if self.next < len(self.lexemes):
            raise self.error(f"unexpected {self.lexemes[self.next]!r}")
        if any(name == "" for name in _names(nodes)):
            raise self.error("a value needs a $name")
        return nodes

    def error(self, what: str) -> GrammarError:
        return GrammarError(f"grammar {self.text!r}: {what}")

    def peek(self) -> str:
        return self.lexemes[self.next] if self.next < len(self.lexemes) else ""

    def take(self, wanted: str = "") -> str:
        lexeme = self.peek()
        if not lexeme or (wanted and lexeme != wanted):
            raise self.error(f"expected {wanted or 'a token'!r}, found {lexeme or 'the end'!r}")
        self.next += 1
        return lexeme

    def name(self) -> str | None:
        return self.take()[1:] if self.peek().startswith("$") else None

    def sequence(self) -> Stack:
        nodes: list[Node] = []
        while self.peek() and self.peek() not in ("|", "]", ">", "}"):
            nodes.extend(self.item())
        return tuple(nodes)

    def branches(self, closing: str) -> tuple[Stack, ...]:
        found = [self.sequence()]
        while self.peek() == "|":
            self.take()
            found.append(self.sequence())
        self.take(closing)
        return tuple(found)

    def item(self) -> Stack:
        lexeme = self.take()
        if lexeme == "[":
            return (Choice((*self.branches("]"), ())),)
        if lexeme == "![":
            branches = self.branches("]")
            return (Choice((*branches, ()) if self.negated else branches),)
        if lexeme == "<":
            branches, name = self.branches(">"), self.name()
            return (Choice(tuple(self.named(branch, name) for branch in branches)),)
        if lexeme == "{":
            branches, name = self.branches("}"), self.name()
            if name is None:
                raise self.error("{...} needs a $name")
            return (OrderedSet(name, tuple(self.named(branch, "word") for branch in branches)),)
        return self.leaf(lexeme)

    def named(self, branch: Stack, name: str | None) -> Stack:
        """The branch with its first token made the argument `name`."""
        if name is None:
            return branch
        match branch[:1]:
            case (Keyword() as first,):
                return (replace(first, name=name), *branch[1:])
            case (Range() | Variable() as first,) if first.name == "":
                return (replace(first, name=name), *branch[1:])
            case (Choice(inner),):
                return (Choice(tuple(self.named(each, name) for each in inner)), *branch[1:])
        return branch

    def leaf(self, lexeme: str) -> Stack:
        name = self.name()
        if lexeme == "INTERFACE":
            bare = name or ""
            two = (Variable("IFTYPE", bare), Variable("IFNUMBER", bare, Capture.JOIN))
            return (Choice(((Variable("IFNAME", bare),), two)),)
        token: Keyword | Range | Variable
        if lexeme.startswith("("):
            low, high = lexeme[1:-1].split("-")
            token = Range(int(low), int(high), name or "")
        elif lexeme in KINDS:
            token = Variable(lexeme, name or "")
        else:
            token = Keyword(lexeme, name)
        if self.peek() != "...":
            return (token,)
        self.take()
        if not isinstance(token, Variable) or not token.name:
            raise self.error("... follows a named value only")
        return (Many(replace(token, capture=Capture.APPEND)),)
