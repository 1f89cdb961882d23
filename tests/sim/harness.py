"""Two routers, virtual time, a link with a seed. What fails replays from its seed."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from random import Random
from typing import TypeVar

from tests.certificates import NOW
from tests.sim.configs import OUTSIDE
from tests.sim.data_plane import DataPlane
from tests.sim.network import Clock, EspPacket, Faults, Network, Parcel

from cryptomap.ikev1.api import (
    AddPolicy,
    Authenticate,
    ClientConfigured,
    Emit,
    InstallSa,
    Obtain,
    RedirectSa,
    RemovePolicy,
    RemoveSa,
    Send,
)
from cryptomap.ikev1.endpoint import Endpoint
from cryptomap.ikev1.sa import ChildSa
from cryptomap.model.address import Datagram
from cryptomap.model.config import RouterConfig
from cryptomap.model.event import Event
from cryptomap.model.remote_access import Accepted, EzvpnTunnel, Rejected, Verdict
from cryptomap.model.sa import Direction, EngineEvent
from cryptomap.model.selector import Packet
from cryptomap.model.status import IsakmpSaStatus
from cryptomap.pki.fetch import Fetch, Fetched
from cryptomap.pki.revocation import fetched
from cryptomap.policy.ezvpn import with_tunnels
from cryptomap.policy.own_keys import OwnKeys
from cryptomap.policy.spd import compile_spd

E = TypeVar("E")
ICMP = 1
FETCH_SECONDS = 0.5
NO_KEYS = OwnKeys()
AAA_SECONDS = 0.1
"""How long AAA takes to answer."""


class Router:
    """An endpoint, a data plane, and what the daemon does between them."""

    def __init__(
        self, name: str, config: RouterConfig, network: Network, seed: int, keys: OwnKeys = NO_KEYS
    ) -> None:
        self.name = name
        self.keys = keys
        self.config = config
        self.network = network
        self.clock = network.clock
        self.events: list[Event] = []
        self.alive = True
        self.web: dict[str, bytes] = {}
        """What is found at each address."""
        self.fetches: list[Fetch] = []
        self._kept: dict[Fetch, Fetched] = {}
        self.passwords: dict[str, str] = {}
        """What AAA knows."""
        self.asked: list[Authenticate] = []
        self.judge: Callable[[Authenticate], Verdict | None] = self._judge
        self._seed = seed
        self._boots = 0
        address = config.interfaces[OUTSIDE].address
        assert address is not None
        self.address = address.ip
        self.boot()
        network.attach(self.address, self.receive)

    def boot(self) -> None:
        """A fresh start: nothing is remembered."""
        self._boots += 1
        self.random = Random(self._seed * 1000 + self._boots)
        self.tunnels: dict[str, EzvpnTunnel] = {}
        self.spd = compile_spd(self.config, {OUTSIDE: self.address})
        self.plane = DataPlane(self.clock, self.tell, self.network.send, self.spd.specs(OUTSIDE))
        self.endpoint = Endpoint(
            self.config,
            self.spd,
            self.random.randbytes,
            counters=lambda key: self.plane.counters(key),
            keys=lambda: self.keys,
            wall_clock=self.wall_clock,
            look=self.look,
        )

    def reconfigure(self, config: RouterConfig) -> None:
        self.config = config
        self._apply()
        self.turn()

    def _apply(self) -> None:
        config = with_tunnels(self.config, self.tunnels)
        self.spd = compile_spd(config, {OUTSIDE: self.address})
        self.plane.set_policies(self.spd.specs(OUTSIDE))
        self.endpoint.set_config(self.clock.now, config, self.spd)

    def _client_configured(self, told: ClientConfigured) -> None:
        if told.tunnel is None:
            self.tunnels.pop(told.name, None)
        else:
            self.tunnels[told.name] = told.tunnel
        self._apply()

    def _judge(self, question: Authenticate) -> Verdict | None:
        right = self.passwords.get(question.user, "").encode() == question.password != b""
        return Accepted() if right else Rejected()

    def _authenticate(self, question: Authenticate) -> None:
        self.asked.append(question)
        endpoint = self.endpoint

        def answer() -> None:
            verdict = self.judge(question)
            if verdict is not None and self.endpoint is endpoint and self.alive:
                endpoint.login_answered(self.clock.now, question.number, verdict)
                self.turn()

        self.clock.after(AAA_SECONDS, answer)

    def ping(self, source: str, destination: str) -> None:
        """One inner packet on its way out."""
        self.plane.send(Packet(IPv4Address(source), IPv4Address(destination), ICMP))

    def turn(self) -> None:
        """Does all that the endpoint wants."""
        while (output := self.endpoint.poll()) is not None:
            match output:
                case Send(datagram):
                    if self.alive:
                        self.network.send(datagram)
                case Obtain(fetch):
                    self.fetches.append(fetch)
                    self.clock.at(self.clock.now + FETCH_SECONDS, lambda fetch=fetch: self._got(fetch))
                case AddPolicy() | InstallSa() | RemoveSa() | RemovePolicy() | RedirectSa():
                    self._drive(output)
                case Authenticate():
                    self._authenticate(output)
                case ClientConfigured():
                    self._client_configured(output)
                case Emit(event):
                    self.events.append(event)
        at = self.endpoint.next_timeout()
        if at is not None:
            self.clock.at(at, self._timeout)

    def _got(self, fetch: Fetch) -> None:
        self._kept[fetch] = fetched(fetch, self.web.get(fetch.url), self.wall_clock())
        self.endpoint.obtained(self.clock.now)
        self.turn()

    def look(self, fetch: Fetch) -> Fetched | None:
        """What came of a fetch, while it is good."""
        kept = self._kept.get(fetch)
        expired = kept is not None and kept.expires is not None and kept.expires <= self.wall_clock()
        return None if expired else kept

    def wall_clock(self) -> datetime:
        return NOW + timedelta(seconds=self.clock.now)

    def _drive(self, output: AddPolicy | InstallSa | RemoveSa | RemovePolicy | RedirectSa) -> None:
        match output:
            case AddPolicy(_, line):
                self.plane.add_policy(line)
            case RemovePolicy(_, line):
                self.plane.remove_policy(line)
            case InstallSa(spec):
                self.plane.add_sa(spec)
            case RemoveSa(sa_key):
                self.plane.delete_sa(sa_key)
            case RedirectSa(sa_key, remote, encapsulation):
                self.plane.redirect_sa(sa_key, remote, encapsulation)

    def _timeout(self) -> None:
        at = self.endpoint.next_timeout()
        if self.alive and at is not None and at <= self.clock.now:
            self.endpoint.handle_timeout(self.clock.now)
            self.turn()

    def receive(self, parcel: Parcel) -> None:
        """Something arrives."""
        if not self.alive:
            return
        if isinstance(parcel, EspPacket):
            self.plane.receive(parcel)
            return
        seen = Datagram(parcel.remote, parcel.local, parcel.data)
        self.endpoint.receive_datagram(self.clock.now, seen)
        self.turn()

    def tell(self, event: EngineEvent) -> None:
        """The data plane says something."""
        if self.alive:
            self.endpoint.handle_engine_event(self.clock.now, event)
            self.turn()

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def isakmp_sas(self) -> list[IsakmpSaStatus]:
        """Those that are not deleted."""
        return [sa for sa in self.endpoint.isakmp_sas(self.clock.now) if not sa.deleted]

    @property
    def established(self) -> list[IsakmpSaStatus]:
        return [sa for sa in self.isakmp_sas if sa.state == "QM_IDLE"]

    @property
    def pairs(self) -> list[ChildSa]:
        return list(self.endpoint.ipsec_sas())

    @property
    def pair(self) -> ChildSa:
        (one,) = self.pairs
        return one


class Site:
    """R2 and R3 of the note's labs."""

    def __init__(
        self,
        left: RouterConfig,
        right: RouterConfig,
        seed: int = 1,
        faults: Faults | None = None,
        keys: tuple[OwnKeys, OwnKeys] = (NO_KEYS, NO_KEYS),
    ) -> None:
        self.clock = Clock()
        self.network = Network(self.clock, seed, faults)
        self.left = Router("left", left, self.network, seed * 2, keys[0])
        self.right = Router("right", right, self.network, seed * 2 + 1, keys[1])
        self.both = self.left, self.right

    def run(self, seconds: float) -> None:
        self.clock.run_until(self.clock.now + seconds)

    def ping(self) -> None:
        """From R2's LAN to R3's."""
        self.left.ping("2.2.2.2", "3.3.3.3")

    def ping_back(self) -> None:
        self.right.ping("3.3.3.3", "2.2.2.2")

    def traffic(self, seconds: float, every: float = 1.0, *, back: bool = False) -> None:
        """Pings at a steady pace while time goes on; `back` adds those of R3's LAN."""
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.ping()
            if back:
                self.ping_back()
            self.run(min(every, end - self.clock.now))

    def bring_up(self) -> None:
        self.ping()
        self.run(3)
        self.check()

    def check(self) -> None:
        """One pair on each side, and packets pass both ways."""
        assert [len(router.pairs) for router in self.both] == [1, 1], self.trouble()
        self.check_passes()

    def check_passes(self) -> None:
        for sender, receiver, send in (
            (self.left, self.right, self.ping),
            (self.right, self.left, self.ping_back),
        ):
            before = len(receiver.plane.received)
            dropped = sender.plane.dropped
            send()
            self.run(1)
            assert sender.plane.dropped == dropped, self.trouble()
            assert len(receiver.plane.received) == before + 1, self.trouble()

    def no_errors(self) -> None:
        for router in self.both:
            counters = router.endpoint.counters
            assert counters.internal_errors == 0, counters.traces

    def spis(self) -> tuple[set[int], set[int]]:
        """Inbound SPIs of each side."""
        left, right = ({spec.spi for spec in router.plane.of(Direction.INBOUND)} for router in self.both)
        return left, right

    def trouble(self) -> str:
        return "\n".join(
            f"{router.name}: {router.isakmp_sas} {[vars_of(pair) for pair in router.pairs]} "
            f"{router.endpoint.counters}"
            for router in self.both
        )


def vars_of(pair: ChildSa) -> str:
    return f"<{pair.number} in {pair.inbound.spi:x} out {pair.outbound.spi:x} superseded {pair.superseded}>"


def lost(routers: Iterable[Router]) -> int:
    """Packets that were sent by an SA and not taken."""
    return sum(len(router.plane.refused) for router in routers)
