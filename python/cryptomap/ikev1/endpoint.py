"""The IKEv1 core as one object: feed it, drain it, ask it when it wants to be woken.

All times are seconds of one monotonic clock of the caller's, and never go back.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from traceback import format_exc

from cryptomap.ikev1 import (
    children,
    deadlines,
    engine_events,
    ezvpn,
    lifecycle,
    negotiation,
    remote_access,
    sessions,
)
from cryptomap.ikev1.admission import admits_datagram, statistics
from cryptomap.ikev1.api import Output, RandomSource
from cryptomap.ikev1.calls import Calls
from cryptomap.ikev1.context import Context, Counters, no_clock
from cryptomap.ikev1.feature import dpd, idle
from cryptomap.ikev1.receive import blame, receive
from cryptomap.ikev1.sa import ChildSa, IsakmpSa
from cryptomap.ikev1.sessions import Session
from cryptomap.ikev1.transmit import prompt
from cryptomap.model import event as ev
from cryptomap.model.address import Address, Datagram
from cryptomap.model.address import Endpoint as Place
from cryptomap.model.algorithm import Extended
from cryptomap.model.config import RouterConfig
from cryptomap.model.error import AuthenticationFailedError, CryptomapError, MalformedError
from cryptomap.model.event import Event
from cryptomap.model.remote_access import EzvpnStatus, Verdict
from cryptomap.model.sa import Acquire, EngineEvent, SaCounters, SaKey
from cryptomap.model.status import CallStatistics, ClientStatus, IsakmpSaStatus
from cryptomap.pki.revocation import Look
from cryptomap.policy.own_keys import OwnKeys
from cryptomap.policy.spd import PolicyLine, Spd

_MOST_TRACES = 10


class Endpoint:
    """One router's IKE. Nothing that is fed to it raises: what is wrong is counted and told as an event."""

    def __init__(
        self,
        config: RouterConfig,
        spd: Spd,
        random: RandomSource,
        *,
        key_log: bool = False,
        counters: Callable[[SaKey], SaCounters | None] = lambda key: None,
        keys: Callable[[], OwnKeys] = OwnKeys,
        wall_clock: Callable[[], datetime] = no_clock,
        look: Look = lambda fetch: None,
    ) -> None:
        """What it may ask, and is answered at once: of the data plane what an SA has counted so far, with
        times of the caller's clock; our RSA key pairs; the time of day; and what came of an `Obtain`,
        None while it is under way."""
        self._ctx = Context(config, spd, random, key_log, counters, keys, wall_clock, look)

    @property
    def counters(self) -> Counters:
        return self._ctx.counters

    def call_statistics(self) -> CallStatistics:
        """Requests for SAs since the start or the last clear, and the SAs that there are."""
        return statistics(self._ctx)

    def clear_call_statistics(self) -> None:
        """Counts requests from 0 again."""
        self._ctx.calls = Calls()

    def start(self, now: float) -> None:
        """Our clients that call by themselves do so."""
        with self._at(now):
            ezvpn.begin_automatic(self._ctx)

    def set_config(self, now: float, config: RouterConfig, spd: Spd) -> None:
        """From now on this holds. SAs whose policy line is gone, or has another peer, are deleted."""
        with self._at(now):
            ctx, old = self._ctx, self._ctx.config
            for name in ezvpn.changed(ctx, config, spd):
                remote_access.hang_up(ctx, name, "Its configuration has changed")
            ctx.configure(config, spd)
            ctx.held.clear()
            ctx.peer_choice = {
                key: turn
                for key, turn in ctx.peer_choice.items()
                if _peers(old, *key) == _peers(config, *key)
            }
            for child in ctx.children:
                self._keep_or_remove(child)
            negotiation.reconsider(ctx)
            negotiation.raise_tunnels(ctx)
            if not config.isakmp_enabled:
                lifecycle.shut_down(ctx)

    def _keep_or_remove(self, child: ChildSa) -> None:
        line = self._ctx.current(child.line, child.local_address, child.peer.address)
        if line is None:
            children.remove(self._ctx, child, notify=True)
        else:
            child.line = line
            idle.watch(self._ctx, child)

    def receive_datagram(self, now: float, datagram: Datagram) -> None:
        """A UDP payload from port 500, or from port 4500 without its non-ESP marker."""
        if not admits_datagram(self._ctx, now, datagram):
            return
        with self._at(now, datagram):
            if datagram.data != b"\xff":
                receive(self._ctx, datagram)

    def acquire(self, now: float, needed: Acquire) -> None:
        """A packet needs an SA that is not there."""
        self.handle_engine_event(now, needed)

    def handle_engine_event(self, now: float, event: EngineEvent) -> None:
        """Something the data plane tells. SAs that have carried no packet are not replaced."""
        with self._at(now):
            engine_events.receive(self._ctx, event)

    def obtained(self, now: float) -> None:
        """Something of an `Obtain` is there. Peers that could not be judged without it are made to say again
        who they are."""
        with self._at(now):
            for sa in self._ctx.sas:
                if sa.undecided and sa.phase is not None and not sa.deleted:
                    sa.undecided = False
                    prompt(self._ctx, sa)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is to be called, if nothing else happens before."""
        return self._ctx.timers.next()

    def handle_timeout(self, now: float) -> None:
        """Does all that was due by `now`."""
        while (due := self._ctx.timers.pop_due(now)) is not None:
            with self._at(now):
                deadlines.handle(self._ctx, *due)

    def mute(self, kinds: Collection[type[Event]]) -> None:
        """From now on nothing is told of these events, which are most of what there is to do otherwise."""
        self._ctx.muted = kinds

    def poll(self) -> Output | None:
        """The next thing to do, in order; None when there is no more."""
        return self._ctx.outputs.popleft() if self._ctx.outputs else None

    def clear_isakmp(self, now: float, connection_id: int | None = None) -> None:
        """Deletes one ISAKMP SA, or all, and tells the peers. IPsec SAs stay."""
        with self._at(now):
            for sa in self._ctx.sas:
                if not sa.deleted and connection_id in (None, sa.connection_id):
                    lifecycle.delete(self._ctx, sa, "Cleared by the administrator", notify=True)
            for kept in self._ctx.half_open if connection_id is None else ():
                lifecycle.forget_half_open(self._ctx, kept.sa, "Cleared by the administrator")

    def clear_sa(
        self,
        now: float,
        peer: Address | None = None,
        map_name: str | None = None,
        key: SaKey | None = None,
    ) -> None:
        """Deletes IPsec SA pairs and tells the peers: all, a peer's, a map's, or the one that `key` is of."""
        with self._at(now):
            for child in self._ctx.children:
                if (
                    peer in (None, child.peer.address)
                    and map_name in (None, child.line.map_name)
                    and key in (None, child.inbound.key, child.outbound.key)
                ):
                    negotiation.forgo(self._ctx, child)
                    children.remove(self._ctx, child, notify=True)

    def clear_session(
        self, now: float, peer: Address | None = None, port: int | None = None, user: str | None = None
    ) -> None:
        """Deletes every SA, of either kind, that is shared with a peer, or with a remote user's client; tells
        the peers."""
        with self._at(now):
            pairs = [one for one in self._ctx.children if _is_of(one.peer, one.session, peer, port, user)]
            there = [sa for sa in self._ctx.sas if not sa.deleted]
            sas = [sa for sa in there if _is_of(sa.remote, sa.session, peer, port, user)]
            lifecycle.end(self._ctx, pairs, sas, "Cleared by the administrator")

    def login_answered(self, now: float, number: int, verdict: Verdict) -> None:
        """What AAA says to an `Authenticate` of that number."""
        with self._at(now):
            remote_access.login_answered(self._ctx, number, verdict)

    def connect_client(self, now: float, name: str) -> None:
        """`crypto ipsec client ezvpn connect`: the client calls its gateway, unless it has a tunnel."""
        with self._at(now):
            negotiation.call_gateway(self._ctx, name)

    def hang_up_client(self, now: float, name: str) -> None:
        """`clear crypto ipsec client ezvpn`: its tunnel ends; if it calls by itself, it calls again."""
        with self._at(now):
            remote_access.hang_up(self._ctx, name, "Cleared by the administrator")
            ezvpn.begin_automatic(self._ctx)

    def own_clients(self) -> list[EzvpnStatus]:
        """How far each `crypto ipsec client ezvpn` is."""
        return [ezvpn.status(self._ctx, name) for name in self._ctx.config.ezvpn_clients]

    def answer_gateway(self, now: float, name: str, user: str, password: str) -> bool:
        """`crypto ipsec client ezvpn xauth`: what a person says; False when the gateway asks nothing."""
        answered = False
        with self._at(now):
            answered = remote_access.answer_gateway(self._ctx, name, user, password)
        return answered

    def policy_failed(self, now: float, policy_id: int) -> None:
        """A temporary entry's packets cannot be protected: its SAs go before one leaves in clear."""
        with self._at(now):
            for child in self._ctx.children.of_policy(policy_id):
                children.remove(self._ctx, child, notify=True)

    def shutdown(self, now: float) -> None:
        """Deletes everything and tells the peers; nothing begins any more until `set_config`. Drain `poll`
        afterwards."""
        with self._at(now):
            self._ctx.config = replace(self._ctx.config, isakmp_enabled=False)
            lifecycle.shut_down(self._ctx)

    def isakmp_sas(self, now: float) -> list[IsakmpSaStatus]:
        """Every ISAKMP SA, the deleted ones included until they are purged."""
        half_open = [kept.sa for kept in self._ctx.half_open]
        return [_status(self._ctx, sa, now) for sa in (*self._ctx.sas, *half_open)]

    def clients(self, now: float) -> list[ClientStatus]:
        """The remote clients that have been let in, oldest first."""
        return [sessions.status(each, now) for each in self._ctx.sessions]

    def ipsec_sas(self) -> Sequence[ChildSa]:
        """The IPsec SA pairs, oldest first."""
        return tuple(self._ctx.children)

    def peer_of(self, line: PolicyLine) -> Address:
        """Which of a map entry's peers is to be called next."""
        return self._ctx.peer_of(line)

    @contextmanager
    def _at(self, now: float, datagram: Datagram | None = None) -> Iterator[None]:
        """The one boundary: sets the time, and turns what a handler raises into a counted drop."""
        self._ctx.now = now
        try:
            yield
        except (CryptomapError, MalformedError) as error:
            blame(self._ctx, error)
            if datagram is not None:
                self._tell(datagram, error)
        except Exception:
            counters = self._ctx.counters
            counters.internal_errors += 1
            if len(counters.traces) < _MOST_TRACES:
                counters.traces.append(format_exc())

    def _tell(self, datagram: Datagram, error: Exception) -> None:
        ref = ev.SaRef(0, 0, datagram.local, datagram.remote, "R", "MM_NO_STATE")
        self._ctx.emit(ev.PeerInvalid(ref, type(error).__name__, str(error)))
        turns, remote = self._ctx.bad_messages, datagram.remote.address
        if isinstance(error, AuthenticationFailedError) and turns.take(self._ctx.now, remote):
            text = f"IKE message from {remote} failed its sanity check or is malformed"
            self._ctx.emit(ev.LogMessage("CRYPTO", 4, "IKMP_BAD_MESSAGE", text))


def _is_of(
    remote: Place, session: Session | None, peer: Address | None, port: int | None, user: str | None
) -> bool:
    """Whether an SA with `remote` is with the peer in question; None is everybody."""
    at_peer = peer in (None, remote.address) and port in (None, remote.port)
    return at_peer and (user is None or (session is not None and session.user == user))


def _peers(config: RouterConfig, map_name: str, sequence: int) -> Sequence[Address]:
    crypto_map = config.crypto_maps.get(map_name)
    entry = crypto_map.entries.get(sequence) if crypto_map else None
    return entry.peers if entry else ()


def _status(ctx: Context, sa: IsakmpSa, now: float) -> IsakmpSaStatus:
    policy = sa.policy
    return IsakmpSaStatus(
        connection_id=sa.connection_id,
        local=sa.local,
        remote=sa.remote,
        role=sa.role,
        state=sa.packet_state.value,
        deleted=sa.deleted,
        encryption=policy.encryption if policy else None,
        key_bits=policy.key_bits if policy else None,
        hash=policy.hash if policy else None,
        authentication=policy.authentication if policy else None,
        group=policy.group if policy else None,
        lifetime_left=max(0, int(sa.expires - now)) if sa.expires is not None else None,
        nat_detected=sa.nat is not None and sa.nat.found,
        profile=sa.profile,
        xauth=sa.policy is not None and (sa.xauth_list is not None or sa.policy.extended != (Extended.NONE,)),
        configured=sa.session is not None and sa.session.address is not None,
        watched=dpd.watches(ctx, sa),
    )
