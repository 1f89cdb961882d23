"""What `?` prints."""

from cryptomap.cli.command import Command
from cryptomap.cli.filters import FILTERS
from cryptomap.cli.text import block
from cryptomap.config.tree import CommandTree, Help, HelpItem, Invalid, ParseError

UNRECOGNIZED = "% Unrecognized command\n"
EXEC_HEADING = "Exec commands:\n"


def help_text(found: Help | ParseError, prompt_width: int) -> str:
    """The list, or why there is none."""
    if isinstance(found, Invalid):
        return UNRECOGNIZED
    return block(found.render() if isinstance(found, Help) else found.render(prompt_width))


def exec_help(commands: CommandTree[Command], line: str, prompt_width: int) -> str:
    """`?` in an exec mode, where a show command may go on with a filter."""
    words = line.split()
    show = bool(words) and "show".startswith(words[0].lower()) and len(words[0]) > 1
    _, bar, behind = line.partition("|")
    if show and bar:
        return _filter_help(behind)
    found = commands.help(line)
    if not words:
        return EXEC_HEADING + help_text(found, prompt_width)
    if show and isinstance(found, Help) and not found.partial and found.items[-1].word == "<cr>":
        items = (*found.items[:-1], HelpItem("|", "Output modifiers"), found.items[-1])
        found = Help(items, False)
    return help_text(found, prompt_width)


def _filter_help(behind: str) -> str:
    words = behind.split()
    if len(words) > 1 or (words and behind[-1].isspace()):
        return block(["  LINE  Regular Expression"])
    typed = words[0].lower() if words else ""
    items = tuple(HelpItem(word, text) for word, text in FILTERS.items() if word.startswith(typed))
    return block(Help(items, partial=bool(typed)).render()) if items else UNRECOGNIZED
