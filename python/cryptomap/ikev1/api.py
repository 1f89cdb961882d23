"""What goes into and comes out of the IKEv1 core, besides datagrams and time.

The contract in four verbs: feed (`receive_datagram`, `handle_timeout` and the requests), drain
(`poll` until it returns None), ask (`next_timeout`). Nothing here blocks, reads a clock or draws
a random number that was not passed in, so the simulator and the daemon drive the same object.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from cryptomap.model.address import Address, Datagram
from cryptomap.model.event import Event
from cryptomap.model.remote_access import EzvpnTunnel
from cryptomap.model.sa import SaKey, SaSpec, UdpEncapsulation
from cryptomap.pki.fetch import Fetch
from cryptomap.policy.spd import PolicyLine

RandomSource = Callable[[int], bytes]
"""`random(n)` returns n octets fit for keys."""


@dataclass(frozen=True, slots=True)
class Send:
    """Put this on the wire. An empty-looking one-octet 0xFF on port 4500 is a NAT keepalive:
    `raw` is then true and no non-ESP marker may be added (RFC 3948 section 2.3)."""

    datagram: Datagram
    raw: bool = False


@dataclass(frozen=True, slots=True)
class InstallSa:
    """Give this SA to the engine."""

    spec: SaSpec


@dataclass(frozen=True, slots=True)
class RemoveSa:
    """Take this SA from the engine."""

    key: SaKey


@dataclass(frozen=True, slots=True)
class AddPolicy:
    """Protect what this line of a temporary entry says from now on. Comes before its first SA."""

    slot: int
    """The DYNAMIC line it stands at."""
    line: PolicyLine


@dataclass(frozen=True, slots=True)
class RemovePolicy:
    """The line's last SA is gone, and so is its temporary entry. Comes after that SA."""

    slot: int
    line: PolicyLine


@dataclass(frozen=True, slots=True)
class RedirectSa:
    """The peer behind this outbound SA moved."""

    key: SaKey
    remote: Address
    encapsulation: UdpEncapsulation


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Ask an AAA list whether a user is who it says; `Endpoint.login_answered` takes the answer."""

    number: int
    list_name: str
    user: str
    password: bytes = field(repr=False)
    client: Address
    challenge: bytes | None = field(default=None, repr=False)
    """The `state` of the challenge that the password is the answer to."""


@dataclass(frozen=True, slots=True)
class ClientConfigured:
    """A `crypto ipsec client ezvpn` has been told who it is, or has no tunnel any more. What follows from it
    (`policy.ezvpn`) is to be given back by `Endpoint.set_config`."""

    name: str
    tunnel: EzvpnTunnel | None


@dataclass(frozen=True, slots=True)
class Emit:
    """Something happened that debug, logging or a test may want to know."""

    event: Event


@dataclass(frozen=True, slots=True)
class Obtain:
    """Get this from where it is, off the way of everything else; from then on `look` finds what came."""

    fetch: Fetch


Output = (
    Send
    | AddPolicy
    | InstallSa
    | RemoveSa
    | RemovePolicy
    | RedirectSa
    | Authenticate
    | ClientConfigured
    | Emit
    | Obtain
)
