"""The ledger of a certificate server on disk: JSON beside the startup configuration, for its owner only."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptomap.daemon.configuration import replace_file
from cryptomap.model.error import ConfigurationError
from cryptomap.pki.ledger import Decision, Issued, Ledger, Waiting


def write_ledger(path: Path, ledger: Ledger) -> None:
    """Replace the file in one step. Raises `ConfigurationError`."""
    replace_file(path, json.dumps(_encode(ledger), indent=1) + "\n")


def read_ledger(path: Path) -> Ledger:
    """The ledger, an empty one when there is no file. Raises `ConfigurationError` when it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        issued = tuple(
            Issued(serial, bytes.fromhex(der), datetime.fromisoformat(revoked) if revoked else None)
            for serial, der, revoked in found["issued"]
        )
        waiting = tuple(
            Waiting(number, case, bytes.fromhex(request), Decision(decision), serial)
            for number, case, request, decision, serial in found["waiting"]
        )
        numbers = int(found["next_serial"]), int(found["next_request"]), int(found["crl_number"])
        return Ledger(*numbers, issued, waiting)
    except FileNotFoundError:
        return Ledger()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"the ledger {path} cannot be read: {error}; mend it") from error


def _encode(ledger: Ledger) -> dict[str, Any]:
    return {
        "next_serial": ledger.next_serial,
        "next_request": ledger.next_request,
        "crl_number": ledger.crl_number,
        "issued": [
            [each.serial, each.der.hex(), each.revoked.isoformat() if each.revoked else None]
            for each in ledger.issued
        ],
        "waiting": [
            [each.number, each.case, each.request.hex(), each.decision.value, each.serial]
            for each in ledger.waiting
        ],
    }
