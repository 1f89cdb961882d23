"""Our own clients (`crypto ipsec client ezvpn`): when they call, whom, and what they were told.

What a tunnel means for policies, addresses and routes is configuration, made of it by `policy.ezvpn`: the
core says that a client was told something, and `set_config` brings what follows from it.
"""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from cryptomap.ikev1.api import ClientConfigured
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.timers import CLIENT_RETRY, Timer
from cryptomap.model import event as ev
from cryptomap.model.remote_access import Assignment, EzvpnMode, EzvpnTunnel
from cryptomap.policy.spd import PolicyLine


@dataclass(slots=True)
class Calling:
    """A client that is to have a tunnel."""

    name: str
    turn: int = 0
    """Which of its peers is called."""
    tunnel: EzvpnTunnel | None = None


def gateway(ctx: Context, name: str) -> IPv4Address | None:
    """The peer whose turn it is."""
    client = ctx.config.ezvpn_clients.get(name)
    peers = client.peers if client else ()
    turn = ctx.clients.setdefault(name, Calling(name)).turn
    return peers[turn % len(peers)] if peers else None


def automatic(ctx: Context, name: str) -> bool:
    """Whether the client calls by itself, and again after it has lost its gateway."""
    client = ctx.config.ezvpn_clients.get(name)
    return client is not None and client.automatic


def begin_automatic(ctx: Context) -> None:
    """Clients that are configured to call by themselves do so now; others that are gone are forgotten."""
    for name in tuple(ctx.clients):
        if name not in ctx.config.ezvpn_clients:
            del ctx.clients[name]
            ctx.timers.cancel(Timer.CLIENT, name)
    for name in ctx.config.ezvpn_clients:
        if automatic(ctx, name) and name not in ctx.clients:
            ctx.timers.set(Timer.CLIENT, name, ctx.now)


def has_tunnel(ctx: Context, line: PolicyLine) -> bool:
    """Whether the client whose policy line this is was told what the line is made of."""
    calling = ctx.clients.get(line.entry.ezvpn or "")
    return calling is not None and calling.tunnel is not None


def configured(ctx: Context, sa: IsakmpSa, told: Assignment) -> bool:
    """The gateway has told; False when that is not enough for a tunnel."""
    client = ctx.config.ezvpn_clients.get(sa.client or "")
    gateway = sa.remote.address
    if client is None or not isinstance(gateway, IPv4Address):
        return False
    if client.mode is EzvpnMode.CLIENT and told.address is None:
        text = f"(Client) {client.name}: the gateway {gateway} gave no address"
        ctx.emit(ev.LogMessage("CRYPTO", 4, "EZVPN_NO_ADDRESS", text))
        return False
    calling = ctx.clients.setdefault(client.name, Calling(client.name))
    tunnel = EzvpnTunnel(gateway, replace(told, expiry=None))
    if calling.tunnel != tunnel:
        calling.tunnel = tunnel
        ctx.outputs.append(ClientConfigured(client.name, tunnel))
    return True


def rejected(ctx: Context, sa: IsakmpSa) -> None:
    """The gateway did not like our user."""
    text = f"(Client) {sa.client}: the gateway {sa.remote.address} rejected the user name or password"
    ctx.emit(ev.LogMessage("CRYPTO", 6, "EZVPN_XAUTH_FAILED", text))


def lost(ctx: Context, sa: IsakmpSa) -> None:
    """An ISAKMP SA of a client's is gone: it calls again, another gateway if this one does not answer."""
    if sa.client is not None and sa.client in ctx.clients:
        if sa.established is None:
            ctx.clients[sa.client].turn += 1
        ctx.timers.set(Timer.CLIENT, sa.client, ctx.now + CLIENT_RETRY)
