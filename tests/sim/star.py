"""A hub that knows no peer's address beforehand, and spokes that call it."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from tests.sim.configs import (
    OUTSIDE,
    R2_ADDRESS,
    R2_LAN,
    global_keys,
    key,
    permit,
    r2,
    router,
)
from tests.sim.harness import ICMP, Router
from tests.sim.network import Clock, Faults, Network

from cryptomap.model.access_list import AccessList, Ace
from cryptomap.model.config import CryptoMap, CryptoMapEntry, RouterConfig
from cryptomap.model.selector import Packet, Selector

HUB_HOST = "2.2.2.2"


def template(sequence: int = 10, **changes: object) -> CryptoMapEntry:
    """A template that takes any peer and any proxies."""
    return replace(CryptoMapEntry(sequence, transform_sets=("strong",)), **changes)  # type: ignore[arg-type]


def hub_config(
    *templates: CryptoMapEntry, lists: Iterable[tuple[str, tuple[Ace, ...]]] = (), secret: str = "wolf"
) -> RouterConfig:
    """`crypto map huawei 10 ipsec-isakmp dynamic dynamap`, and a key for everybody."""
    entries = {one.sequence: one for one in templates or (template(),)}
    return replace(
        r2(),
        keyrings=global_keys(key(secret, "0.0.0.0/0")),
        access_lists={name: AccessList(name, lines) for name, lines in lists},
        crypto_maps={"huawei": CryptoMap("huawei", {10: CryptoMapEntry(10, dynamic="dynamap")})},
        dynamic_maps={"dynamap": CryptoMap("dynamap", entries)},
    )


def lan(number: int) -> IPv4Network:
    return IPv4Network((3 << 24 | number << 8, 24))


def spoke_address(number: int) -> IPv4Address:
    return IPv4Address(13 << 24 | number << 8 | 3)


def spoke_config(number: int, **changes: object) -> RouterConfig:
    """LAN 3.0.N.0/24 behind 13.0.N.3, with a static map to the hub."""
    lines = (permit(lan(number), R2_LAN),)
    return router(f"S{number}", spoke_address(number), R2_ADDRESS, lines, **changes)  # type: ignore[arg-type]


class Star:
    """The hub, and as many spokes as there are configurations."""

    def __init__(
        self, hub: RouterConfig, spokes: Iterable[RouterConfig], seed: int = 1, faults: Faults | None = None
    ) -> None:
        self.clock = Clock()
        self.network = Network(self.clock, seed, faults)
        self.hub = Router("hub", hub, self.network, seed * 1000)
        self.spokes = [self._spoke(config, seed * 1000 + n) for n, config in enumerate(spokes, 1)]

    def _spoke(self, config: RouterConfig, seed: int) -> Router:
        return Router(config.hostname, config, self.network, seed)

    @property
    def spoke(self) -> Router:
        """The only one, or the first."""
        return self.spokes[0]

    def run(self, seconds: float) -> None:
        self.clock.run_until(self.clock.now + seconds)

    def call(self, number: int = 1) -> None:
        """A packet of the spoke's LAN to the hub's."""
        self.spokes[number - 1].ping(str(lan(number)[3]), HUB_HOST)

    def answer(self, number: int = 1) -> None:
        """A packet of the hub's LAN to the spoke's."""
        self.hub.ping(HUB_HOST, str(lan(number)[3]))

    def bring_up(self, number: int = 1) -> None:
        self.call(number)
        self.run(3)
        self.check(number)

    def check(self, number: int = 1) -> None:
        """Packets pass both ways, encrypted."""
        spoke = self.spokes[number - 1]
        source, destination = lan(number)[3], IPv4Address(HUB_HOST)
        for sender, receiver, packet in (
            (spoke, self.hub, Packet(source, destination, ICMP)),
            (self.hub, spoke, Packet(destination, source, ICMP)),
        ):
            before, clear = receiver.plane.received.count(packet), len(sender.plane.clear)
            sender.plane.send(packet)
            self.run(1)
            assert receiver.plane.received.count(packet) == before + 1, (sender.name, sender.pairs)
            assert len(sender.plane.clear) == clear

    def no_errors(self) -> None:
        for one in (self.hub, *self.spokes):
            assert one.endpoint.counters.internal_errors == 0, one.endpoint.counters.traces


def moved(config: RouterConfig, address: IPv4Address) -> RouterConfig:
    """The same router at another address."""
    old = config.interfaces[OUTSIDE]
    assert old.address is not None
    changed = replace(old, address=type(old.address)((address, 24)))
    return replace(config, interfaces={OUTSIDE: changed})


def star(hub: RouterConfig | None = None, *spokes: RouterConfig) -> Star:
    return Star(hub or hub_config(), spokes or (spoke_config(1),))


def protected(router: Router) -> list[Selector]:
    """What the temporary lines protect now."""
    return [line.proxy for line in router.plane.temporary]
