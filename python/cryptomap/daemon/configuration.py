"""The startup configuration: a file of IOS lines, read whole before anything is touched, and written back."""

import codecs
import os
import tempfile
from pathlib import Path

from cryptomap.cli.registry import actions
from cryptomap.config.load import LoadResult, load
from cryptomap.config.render import render
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import ConfigurationError


def read_text(path: Path) -> str:
    """A file's text: UTF-8, or UTF-16 with its mark. Raises `ConfigurationError`."""
    try:
        octets = path.read_bytes()
        utf_16 = octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        return octets.decode("utf-16" if utf_16 else "utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        place = f"octet {error.start + 1} is no part of one"
        raise ConfigurationError(f"{path} is no UTF-8 text ({place}): save it as UTF-8") from error


def load_text(text: str, router: str | None = None) -> LoadResult:
    """What a text says, or what the lines of one `router` in it say."""
    return load(text, hostname=router, random=os.urandom, actions=actions())


def read_configuration(path: Path) -> LoadResult:
    """What a file says. Raises `ConfigurationError` that names every refused line."""
    result = load_text(read_text(path))
    if not result.ok:
        refused = "\n".join(problem.render() for problem in result.problems if problem.fatal)
        raise ConfigurationError(f"{path} is refused, nothing was applied:\n{refused}")
    return result


def write_configuration(path: Path, config: RouterConfig) -> None:
    """Replace the file in one step, readable by its owner only. Raises `ConfigurationError`."""
    replace_file(path, render(config))


def replace_file(path: Path, text: str) -> None:
    """Make this the file's text in one step, readable by its owner only. Raises `ConfigurationError`."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error}") from error
