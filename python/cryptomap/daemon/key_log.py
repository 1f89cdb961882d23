"""Keys for a packet dissector. A test-only switch: whoever reads these files reads the traffic.

The files have the format and names of Wireshark's own tables, so that a copy of them in a Wireshark
configuration directory, or `-o uat:esp_sa:...` on its command line, opens a capture.
"""

import os
from pathlib import Path

from cryptomap.model.algorithm import EspAuth, EspCipher
from cryptomap.model.event import KeyLog
from cryptomap.model.sa import SaSpec

VARIABLE = "CRYPTOMAP_KEY_LOG"
"""Names the directory to write to; unset is off."""

_CIPHERS = {
    EspCipher.NULL: "NULL",
    EspCipher.DES: "DES-CBC [RFC2405]",
    EspCipher.TRIPLE_DES: "TripleDES-CBC [RFC2451]",
    EspCipher.AES: "AES-CBC [RFC3602]",
    EspCipher.GCM: "AES-GCM with 16 octet ICV [RFC4106]",
}
_AUTHS = {
    EspAuth.MD5: "HMAC-MD5-96 [RFC2403]",
    EspAuth.SHA: "HMAC-SHA-1-96 [RFC2404]",
    EspAuth.SHA256: "HMAC-SHA-256-128 [RFC4868]",
    EspAuth.SHA384: "HMAC-SHA-384-192 [RFC4868]",
    EspAuth.SHA512: "HMAC-SHA-512-256 [RFC4868]",
}


class KeyLogger:
    """Appends to `ikev1_decryption_table` and `esp_sa` in a directory; the files have mode 0600."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory

    def isakmp(self, keys: KeyLog) -> None:
        """The key of one ISAKMP SA."""
        self._append("ikev1_decryption_table", f"{keys.initiator_cookie.hex()},{keys.encryption_key.hex()}")

    def ipsec(self, spec: SaSpec) -> None:
        """The keys of one IPsec SA, one direction."""
        inbound = spec.key.destination == spec.local
        source, destination = (spec.remote, spec.local) if inbound else (spec.local, spec.remote)
        auth = _AUTHS[spec.auth] if spec.auth else "NULL"
        fields = [
            "IPv4",
            str(source),
            str(destination),
            f"0x{spec.spi:08x}",
            _CIPHERS[spec.cipher],
            _hex(spec.encryption_key),
            auth,
            _hex(spec.auth_key),
            "32-bit",
            "0",
        ]
        self._append("esp_sa", ",".join(f'"{field}"' for field in fields))

    def _append(self, name: str, line: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with open(os.open(self._directory / name, flags, 0o600), "w") as file:
            file.write(line + "\n")


def _hex(key: bytes) -> str:
    return f"0x{key.hex()}" if key else ""
