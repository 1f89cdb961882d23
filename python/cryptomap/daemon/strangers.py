"""First messages of phase 1 have a socket of their own on each IKE port.

The kernel tells them from all others by a filter (BPF). So a flood of them, which anybody can make, fills
that socket alone; what belongs to SAs that are there has the port's first socket to itself.
"""

import ctypes
import socket
import struct
from contextlib import ExitStack
from dataclasses import dataclass

from cryptomap.daemon.netlink import HostError
from cryptomap.daemon.sockets import NON_ESP_MARKER, open_udp
from cryptomap.model.address import ISAKMP_PORT, NAT_T_PORT

_SO_ATTACH_REUSEPORT_CBPF = 51
_INSTRUCTION = struct.Struct("=HBBI")
_PROGRAM = struct.Struct("@HP")
_LOAD_WORD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_AMONG_OTHERS, _AMONG_STRANGERS = 0, 1
"""Numbers of the sockets of a port, in the order in which they were bound."""
_COOKIE = 8
"""Octets of the initiator's cookie, and of the responder's behind it (RFC 2408 section 3.1)."""

Instruction = tuple[int, int, int, int]
"""Operation, how many to skip if true and if false, operand."""


@dataclass(frozen=True, slots=True)
class IkeSockets:
    """Those of UDP ports 500 and 4500. The data plane reads `nat_t`, to which ESP comes too."""

    isakmp: socket.socket
    nat_t: socket.socket
    strangers: tuple[socket.socket, ...]

    @property
    def read_here(self) -> tuple[socket.socket, ...]:
        return self.isakmp, *self.strangers

    def of(self, port: int) -> socket.socket:
        """Which one sends from a port."""
        return self.nat_t if port == NAT_T_PORT else self.isakmp


def open_sockets(stack: ExitStack) -> IkeSockets:
    """All of them; the stack closes them. Raises `HostError`."""
    isakmp, nat_t = (stack.enter_context(open_udp(port)) for port in (ISAKMP_PORT, NAT_T_PORT))
    strangers = tuple(stack.enter_context(_open_for_strangers(each)) for each in (isakmp, nat_t))
    return IkeSockets(isakmp, nat_t, strangers)


def _open_for_strangers(others: socket.socket) -> socket.socket:
    """The second socket on the port of `others`. No third one can follow that does not share it too."""
    port = others.getsockname()[1]
    others.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    opened = open_udp(port, shared=True)
    try:
        _attach(opened, choice(port))
    except OSError as error:
        opened.close()
        raise HostError(
            f"cannot tell the kernel which messages of UDP port {port} are first ones: {error.strerror}; "
            "Linux 4.5 or later is needed"
        ) from error
    return opened


def choice(port: int) -> list[Instruction]:
    """Which of the two gets a UDP payload: that for strangers, where the responder's cookie is all zero.

    A load from behind the end of a payload ends the program with 0.
    """
    marker = len(NON_ESP_MARKER) if port == NAT_T_PORT else 0
    zero = [*range(0, marker, 4), marker + _COOKIE, marker + _COOKIE + 4]
    program: list[Instruction] = []
    for at in zero:
        program += [(_LOAD_WORD, 0, 0, at), (_JUMP_IF_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _AMONG_OTHERS)]
    return [*program, (_RETURN, 0, 0, _AMONG_STRANGERS)]


def _attach(opened: socket.socket, program: list[Instruction]) -> None:
    octets = ctypes.create_string_buffer(b"".join(_INSTRUCTION.pack(*step) for step in program))
    filter_ = _PROGRAM.pack(len(program), ctypes.addressof(octets))
    opened.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, filter_)
