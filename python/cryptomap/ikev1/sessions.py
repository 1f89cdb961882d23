"""Remote clients: who is here, since when, with which address, until the last of their SAs is gone.

A session outlives the ISAKMP SA that began it: a client that renews that SA goes on with its address, and the
IPsec SAs of an ISAKMP SA that has ended keep it.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from cryptomap.ikev1 import access
from cryptomap.ikev1.context import Context
from cryptomap.ikev1.sa import ChildSa, IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.address import Endpoint
from cryptomap.model.error import PeerIncompatibleError
from cryptomap.model.remote_access import AddressPool
from cryptomap.model.selector import Selector
from cryptomap.model.status import ClientStatus
from cryptomap.wire.numbers import NotifyType


@dataclass(slots=True, eq=False)
class Session:
    """One client. `holders` are the SAs that keep it."""

    user: str | None
    group: str | None
    peer: Endpoint
    """Where it was when it came."""
    since: float
    address: IPv4Address | None = None
    holders: list[IsakmpSa | ChildSa] = field(default_factory=list)

    @property
    def owner(self) -> tuple[str | None, str | None, object]:
        """Whom an address is kept for: a user of a group, or what comes from one place."""
        return self.user, self.group, None if self.user else self.peer.address


def start(ctx: Context, sa: IsakmpSa) -> Session:
    """The session of an ISAKMP SA: that of another SA with the same client, or a new one."""
    session = sa.session or _renewed(ctx, sa)
    if session is None:
        session = Session(sa.user, sa.group, sa.remote, ctx.now)
        ctx.sessions.append(session)
    if sa.session is None:
        sa.session = session
        session.holders.append(sa)
    return session


def _renewed(ctx: Context, sa: IsakmpSa) -> Session | None:
    """The session that the same user has from the same place already."""
    held = ctx.sas.with_peer(sa.local.address, sa.remote.address)
    for session in ctx.sessions:
        if (session.user, session.group) != (sa.user, sa.group):
            continue
        here = any(other in session.holders and other.remote == sa.remote for other in held)
        pairs = (one for one in session.holders if isinstance(one, ChildSa))
        if here or any(pair.peer == sa.remote for pair in pairs):
            return session
    return None


def hold(sa: IsakmpSa, child: ChildSa) -> None:
    """A pair that was made under the SA is of the same session."""
    if sa.session is not None:
        child.session = sa.session
        child.session.holders.append(child)


def release(ctx: Context, holder: IsakmpSa | ChildSa) -> None:
    """An SA is gone; with the last one the client is, and its address is free."""
    session, holder.session = holder.session, None
    if session is None:
        return
    session.holders.remove(holder)
    if not session.holders:
        ctx.sessions.remove(session)
        if session.address is not None:
            ctx.leases.release(session.address, session.owner)


def status(session: Session, now: float) -> ClientStatus:
    """What the show commands tell of it."""
    newest = session.holders[-1]
    peer = newest.peer if isinstance(newest, ChildSa) else newest.remote
    return ClientStatus(peer, session.user, session.group, session.address, int(now - session.since))


def full(ctx: Context, sa: IsakmpSa, user: str) -> str | None:
    """Why no more of the group, or of the user, may come; None where there is room."""
    group = access.group(ctx, sa)
    if group is None:
        return None
    there = [each for each in ctx.sessions if each.group == group.name and each.peer != sa.remote]
    logins = sum(each.user == user for each in there)
    if group.max_users is not None and len(there) >= group.max_users:
        return f"group {group.name} has its max-users {group.max_users}"
    if group.max_logins is not None and logins >= group.max_logins:
        return f"user {user} has its max-logins {group.max_logins}"
    return None


def lease(ctx: Context, sa: IsakmpSa, requested: IPv4Address | None) -> IPv4Address | None:
    """The client's address: the one it has, or one out of its group's pool; None when there is none."""
    session = start(ctx, sa)
    if session.address is None:
        pools = _pools(ctx, sa)
        session.address = ctx.leases.take(pools, session.owner, requested)
        names = " ".join(pool.name for pool in pools)
        ctx.emit(ev.AddressAllocated(sa.ref, session.address, names))
        if session.address is None:
            why = f"all addresses of pool {names} are in use" if pools else "its group names no ip local pool"
            text = f"No address for the client {sa.remote.address} of group {sa.group}: {why}"
            ctx.emit(ev.LogMessage("CRYPTO", 4, "CLIENT_NO_ADDRESS", text))
    return session.address


def _pools(ctx: Context, sa: IsakmpSa) -> list[AddressPool]:
    group = access.group(ctx, sa)
    names = (group.pool,) if group is not None and group.pool else ctx.config.client_pools
    return [ctx.config.pools[name] for name in names if name in ctx.config.pools]


def check_proxies(ctx: Context, sa: IsakmpSa, selector: Selector) -> None:
    """Raises `PeerIncompatibleError` when a peer wants packets that are for a client's address, and that
    client is another one. `selector` is in outbound direction."""
    own = sa.session.address if sa.session else None
    wanted = selector.destination
    if own is not None:
        fits = wanted == IPv4Network(own)
    else:
        fits = not any(address in wanted for address in ctx.leases.taken)
    if not fits:
        raise PeerIncompatibleError(
            f"{sa.remote.address} may not have the packets for {wanted}: "
            + (f"its address is {own}" if own else "they are for other clients"),
            NotifyType.INVALID_ID_INFORMATION,
        )
