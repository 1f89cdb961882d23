"""Our RSA key pairs on disk: one file beside the startup configuration, which only its owner can read.

The file is JSON: `{"keys": [{"label", "usage", "created", "exportable", "private"}]}`, `private` in PEM.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptomap.crypto.rsa import load_pem
from cryptomap.daemon.configuration import replace_file
from cryptomap.model.error import ConfigurationError
from cryptomap.model.pki import KeyUsage
from cryptomap.policy.own_keys import OwnKey, OwnKeys


class KeyStore:
    """The key pairs of the router with that startup configuration. Raises `ConfigurationError` when the file
    is there, but cannot be read."""

    def __init__(self, startup: Path) -> None:
        self._path = startup.with_name(f"{startup.name}.keys")
        self.keys = _read(self._path)

    def store(self, keys: OwnKeys) -> None:
        """Keep these instead. Raises `ConfigurationError` and changes nothing when they cannot be written."""
        replace_file(self._path, json.dumps({"keys": [_row(key) for key in keys.keys]}, indent=1) + "\n")
        self.keys = keys


def _row(key: OwnKey) -> dict[str, Any]:
    return {
        "label": key.label,
        "usage": key.usage.value,
        "created": key.created.isoformat(),
        "exportable": key.exportable,
        "private": key.pair.pem(),
    }


def _read(path: Path) -> OwnKeys:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["keys"]
        return OwnKeys(tuple(_key(row) for row in rows))
    except FileNotFoundError:
        return OwnKeys()
    except (OSError, ValueError, KeyError, TypeError, ConfigurationError) as error:
        raise ConfigurationError(
            f"the RSA keys in {path} cannot be read: {error}; mend or remove the file"
        ) from error


def _key(row: dict[str, Any]) -> OwnKey:
    return OwnKey(
        str(row["label"]),
        KeyUsage(row["usage"]),
        load_pem(row["private"]),
        datetime.fromisoformat(row["created"]),
        bool(row["exportable"]),
    )
