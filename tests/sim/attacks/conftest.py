"""What several of the attackers have."""

import sys

import pytest


@pytest.fixture
def _every_hash_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer itself is the attacker: it computes each HASH over what it sends."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("cryptomap.ikev1.") and hasattr(module, "check_hash_payload"):
            monkeypatch.setattr(module, "check_hash_payload", lambda payload, expected: None)
