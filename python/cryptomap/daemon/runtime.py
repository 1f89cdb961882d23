"""Where running gateways keep their console sockets and notes."""

import os
import re
from pathlib import Path

from cryptomap.model.error import ConfigurationError

VARIABLE = "CRYPTOMAP_RUNTIME_DIR"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def runtime_directory() -> Path:
    """`$CRYPTOMAP_RUNTIME_DIR`, else /run/cryptomap for root, else `$XDG_RUNTIME_DIR/cryptomap`."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen)
    if os.geteuid() == 0 or "XDG_RUNTIME_DIR" not in os.environ:
        return Path("/run/cryptomap")
    return Path(os.environ["XDG_RUNTIME_DIR"], "cryptomap")


def make_runtime_directory() -> Path:
    """The same, made if need be, for this user only. Raises `ConfigurationError` when it cannot be."""
    path = runtime_directory()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise PermissionError(13, os.strerror(13))
    except OSError as error:
        raise ConfigurationError(
            f"cannot write to {path}: {error.strerror}; name a directory of yours in {VARIABLE}"
        ) from error
    return path


def socket_path(directory: Path, name: str) -> Path:
    """The console socket of gateway `name`. Raises `ConfigurationError` for an unusable name."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} cannot name a gateway; use letters, digits, dot, dash, underscore"
        )
    path = directory / f"{name}.sock"
    if len(os.fsencode(path)) > 100:
        raise ConfigurationError(f"the path {path} is too long for a socket; set {VARIABLE} to a shorter one")
    return path
