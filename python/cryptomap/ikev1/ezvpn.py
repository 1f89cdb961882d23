"""Our own clients (`crypto ipsec client ezvpn`): when they call, whom, and what they were told.

What a tunnel means for policies, addresses and routes is configuration, made of it by `policy.ezvpn`: the
core says that a client was told something, and `set_config` brings what follows from it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv4Address

from cryptomap.ikev1.api import ClientConfigured
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.exchange.xauth_client import AwaitUser
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.ikev1.timers import CLIENT_RETRY, Timer
from cryptomap.model import event as ev
from cryptomap.model.config import RouterConfig
from cryptomap.model.remote_access import (
    Assignment,
    EzvpnClient,
    EzvpnEvent,
    EzvpnMode,
    EzvpnState,
    EzvpnStatus,
    EzvpnTunnel,
)
from cryptomap.policy.spd import PolicyLine, Spd


@dataclass(slots=True)
class Calling:
    """A client that is to have a tunnel."""

    name: str
    turn: int = 0
    """Which of its peers is called."""
    backups: tuple[IPv4Address, ...] = ()
    """What the last gateway named besides itself."""
    tunnel: EzvpnTunnel | None = None
    last_event: EzvpnEvent = EzvpnEvent.RESET


def gateway(ctx: Context, name: str) -> IPv4Address | None:
    """The peer whose turn it is."""
    return _turn(ctx, ctx.clients.setdefault(name, Calling(name)))


def _turn(ctx: Context, calling: Calling) -> IPv4Address | None:
    """Those that are configured take turns, and behind them those that the last gateway named."""
    client = ctx.config.ezvpn_clients.get(calling.name)
    peers = tuple(dict.fromkeys((*client.peers, *calling.backups))) if client and client.peers else ()
    return peers[calling.turn % len(peers)] if peers else None


def automatic(ctx: Context, name: str) -> bool:
    """Whether the client calls by itself, and again after it has lost its gateway."""
    client = ctx.config.ezvpn_clients.get(name)
    return client is not None and client.automatic


def begin_automatic(ctx: Context) -> None:
    """Clients that are configured to call by themselves do so now, unless they have called already."""
    for name in ctx.config.ezvpn_clients:
        if automatic(ctx, name):
            ctx.timers.set(Timer.CLIENT, name, ctx.now)


def changed(ctx: Context, config: RouterConfig, spd: Spd) -> tuple[str, ...]:
    """The clients that would be others, or nowhere, by this configuration."""
    return tuple(
        name
        for name in ctx.clients
        if ctx.config.ezvpn_clients.get(name) != config.ezvpn_clients.get(name)
        or ctx.spd.outside(name) != spd.outside(name)
    )


def forget(ctx: Context, name: str) -> None:
    """It is as if the client had never called."""
    calling = ctx.clients.pop(name, None)
    ctx.timers.cancel(Timer.CLIENT, name)
    if calling is not None:
        _end_tunnel(ctx, calling)


def _end_tunnel(ctx: Context, calling: Calling) -> None:
    """What the client was told, if it was told anything, holds no longer."""
    if calling.tunnel is not None:
        calling.tunnel = None
        ctx.outputs.append(ClientConfigured(calling.name, None))


def called(ctx: Context, name: str) -> None:
    """The client calls now."""
    ctx.clients.setdefault(name, Calling(name)).last_event = EzvpnEvent.CONNECT


def happened(ctx: Context, sa: IsakmpSa, event: EzvpnEvent) -> None:
    """Something that `show crypto ipsec client ezvpn` tells of, if the SA is a client's."""
    if sa.client is not None:
        ctx.clients.setdefault(sa.client, Calling(sa.client)).last_event = event


def status(ctx: Context, name: str) -> EzvpnStatus:
    """How far the client is."""
    calling = ctx.clients.get(name, Calling(name))
    sas = [sa for sa in ctx.sas if sa.client == name and not sa.deleted]
    event = calling.last_event
    if any(child.line.entry.ezvpn == name and child.in_use for child in ctx.children):
        state, event = EzvpnState.IPSEC_ACTIVE, EzvpnEvent.SOCKET_UP
    elif any(isinstance(node.phase, AwaitUser) for sa in sas for node in sa.nodes.values()):
        state = EzvpnState.XAUTH_REQ
    elif calling.tunnel is not None and any(sa.ready for sa in sas):
        state = EzvpnState.SS_OPEN
    elif sas or (automatic(ctx, name) and ctx.spd.outside(name) is not None):
        state = EzvpnState.READY
    else:
        state = EzvpnState.CONNECT_REQUIRED
    peer = calling.tunnel.gateway if calling.tunnel else _turn(ctx, calling)
    return EzvpnStatus(name, state, event, peer, calling.tunnel)


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
    if client.mode is not EzvpnMode.NETWORK_EXTENSION and told.address is None:
        text = f"(Client) {client.name}: the gateway {gateway} gave no address"
        ctx.emit(ev.LogMessage("CRYPTO", 4, "EZVPN_NO_ADDRESS", text))
        return False
    calling = ctx.clients.setdefault(client.name, Calling(client.name))
    calling.last_event = EzvpnEvent.MODE_CONFIG_REPLY
    calling.backups = tuple(_addresses(told.backup_gateways))
    tunnel = EzvpnTunnel(gateway, replace(told, expiry=None))
    if calling.tunnel != tunnel:
        calling.tunnel = tunnel
        ctx.emit(ev.LogMessage("CRYPTO", 6, "EZVPN_CONNECTION_UP", _connection(sa, client, tunnel)))
        ctx.outputs.append(ClientConfigured(client.name, tunnel))
    return True


def _addresses(names: Iterable[str]) -> Iterator[IPv4Address]:
    """Those that are addresses: names are not looked up."""
    for name in names:
        try:
            yield IPv4Address(name)
        except AddressValueError:
            continue


def _connection(sa: IsakmpSa, client: EzvpnClient, tunnel: EzvpnTunnel) -> str:
    given = tunnel.assignment.address
    return (
        f"(Client)  User={client.username or ''}  Group={client.group or ''}"
        f"  Client_public_addr={sa.local.address}  Server_public_addr={sa.remote.address}"
        + (f"  Assigned_client_addr={given}" if given else "")
    )


def rejected(ctx: Context, sa: IsakmpSa) -> None:
    """The gateway did not like our user."""
    text = f"(Client) {sa.client}: the gateway {sa.remote.address} rejected the user name or password"
    ctx.emit(ev.LogMessage("CRYPTO", 6, "EZVPN_XAUTH_FAILED", text))


def lost(ctx: Context, sa: IsakmpSa) -> None:
    """An ISAKMP SA of a client's is gone: it calls again, another gateway if this one does not answer. One
    that does not call by itself has no tunnel any more, unless it has another SA."""
    calling = ctx.clients.get(sa.client or "")
    client = ctx.config.ezvpn_clients.get(sa.client or "")
    if calling is None or client is None:
        return
    if ctx.sas.usable(sa.local.address, sa.remote.address, None, client=client.name) is not None:
        return
    happened(ctx, sa, EzvpnEvent.CONN_DOWN)
    if sa.established is None:
        calling.turn += 1
    elif client.default_peer:
        calling.turn = 0
    if client.automatic:
        ctx.timers.set(Timer.CLIENT, client.name, ctx.now + CLIENT_RETRY)
    else:
        _end_tunnel(ctx, calling)
