"""nftables through libnftables (its own `libnftables.so.1`): one transaction a call, no process started.

The Python module that nftables itself ships belongs to the system's interpreter and cannot be
imported in a virtual environment, hence these few lines over the same C library.
"""

import ctypes
import json
from typing import Any

from cryptomap.model.error import CryptomapError

LIBRARY = "libnftables.so.1"
_OUTPUT_JSON = 1 << 4 | 1 << 7  # NFT_CTX_OUTPUT_JSON and _NUMERIC_PROTO, nftables/libnftables.h


class NftError(CryptomapError):
    """nftables refused a transaction, or is not there; nothing of it was applied."""


class Nftables:
    """A libnftables context in the network namespace of the thread that makes it."""

    def __init__(self) -> None:
        self._library = _load()
        self._context = self._library.nft_ctx_new(0)
        if not self._context:
            raise NftError("libnftables gives no context; run as root, or with CAP_NET_ADMIN")
        self._library.nft_ctx_buffer_output(self._context)
        self._library.nft_ctx_buffer_error(self._context)

    def run(self, commands: str) -> None:
        """Apply `commands` (nft's own language) as one transaction, or raise `NftError`."""
        self._library.nft_ctx_output_set_flags(self._context, 0)
        self._run(commands)

    def query(self, command: str) -> list[dict[str, Any]]:
        """Run one `list` command; returns the objects of libnftables-json(5), without the metainfo."""
        self._library.nft_ctx_output_set_flags(self._context, _OUTPUT_JSON)
        text = self._run(command)
        objects: list[dict[str, Any]] = json.loads(text)["nftables"] if text else []
        return [item for item in objects if "metainfo" not in item]

    def close(self) -> None:
        """Free the context; safe to call twice."""
        if self._context:
            self._library.nft_ctx_free(self._context)
            self._context = None

    def _run(self, commands: str) -> str:
        status = self._library.nft_run_cmd_from_buffer(self._context, commands.encode())
        output: bytes = self._library.nft_ctx_get_output_buffer(self._context) or b""
        errors: bytes = self._library.nft_ctx_get_error_buffer(self._context) or b""
        if status:
            raise NftError(f"nftables refused: {errors.decode(errors='replace').strip()}")
        return output.decode()


def _load() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise NftError(f"{LIBRARY} is not installed (Debian: apt install libnftables1)") from error
    context = ctypes.c_void_p
    library.nft_ctx_new.argtypes = [ctypes.c_uint32]
    library.nft_ctx_new.restype = context
    library.nft_ctx_free.argtypes = [context]
    library.nft_ctx_free.restype = None
    library.nft_run_cmd_from_buffer.argtypes = [context, ctypes.c_char_p]
    library.nft_ctx_output_set_flags.argtypes = [context, ctypes.c_uint]
    for name in ("output", "error"):
        getattr(library, f"nft_ctx_buffer_{name}").argtypes = [context]
        getter = getattr(library, f"nft_ctx_get_{name}_buffer")
        getter.argtypes = [context]
        getter.restype = ctypes.c_char_p
    return library
