"""Two gateways in namespaces of their own, joined by a veth link, with keys installed by hand.

host 10.1.0.1 (lo) - left - cm0 ==== 192.0.2.1 --- 192.0.2.2 ==== cm0 - right - host 10.2.0.1 (lo)
"""

import ctypes
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from cryptomap.engine.userspace import UserspaceEngine
from cryptomap.lab.namespace import Namespace, connect
from cryptomap.model.algorithm import EspAuth, EspCipher
from cryptomap.model.sa import (
    Direction,
    EngineEvent,
    Limits,
    PolicyAction,
    PolicySpec,
    SaSpec,
    UdpEncapsulation,
)
from cryptomap.model.selector import Selector

INTERFACE = "Ethernet0/0"
DEVICE = "cm0"
MARK = 0x434D
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
LEFT_NETWORK = IPv4Network("10.1.0.0/24")
RIGHT_NETWORK = IPv4Network("10.2.0.0/24")


@pytest.fixture(scope="session", autouse=True)
def privileged() -> None:
    """Root, or root in a user namespace that this process moves to."""
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        reason = os.strerror(ctypes.get_errno())
        pytest.fail(
            f"these tests make network namespaces and may not ({reason}): run them as root, or allow user "
            "namespaces (sysctl kernel.unprivileged_userns_clone=1) and run without pytest-xdist"
        )
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


@dataclass
class Gateway:
    """One end: its namespace, its engine, and how it is addressed."""

    namespace: Namespace
    engine: UserspaceEngine
    outer: IPv4Address
    inner: IPv4Network
    far_inner: IPv4Network
    far_outer: IPv4Address
    udp: socket.socket
    seen: list[EngineEvent] = field(default_factory=list)

    @property
    def host(self) -> IPv4Address:
        return self.inner.network_address + 1

    @property
    def far_host(self) -> IPv4Address:
        return self.far_inner.network_address + 1

    @property
    def selector(self) -> Selector:
        return Selector(self.inner, self.far_inner)

    def protect(self, policy_id: int = 1, selector: Selector | None = None) -> None:
        policy = PolicySpec(policy_id, PolicyAction.PROTECT, selector or self.selector)
        self.engine.set_policies(INTERFACE, [policy])

    def ping(self, count: int = 3, *options: str, wait: float = 1.0) -> int:
        """Pings the far host from ours; returns how many answers came."""
        command = (
            "ping",
            "-n",
            "-c",
            str(count),
            "-i",
            "0.05",
            "-W",
            str(wait),
            "-I",
            str(self.host),
            *options,
        )
        text = self.namespace.run(*command, str(self.far_host), check=False).stdout
        return int(text.split(" received")[0].rsplit(" ", 1)[1])

    def events(self) -> list[EngineEvent]:
        """Everything raised so far, in order."""
        self.seen += self.engine.poll_events()
        return self.seen

    def wait_for(self, kind: type[EngineEvent], seconds: float = 5.0) -> Any:
        """The first event of that kind, waiting for it on the engine's descriptor."""
        deadline = time.monotonic() + seconds
        while True:
            found = [event for event in self.events() if isinstance(event, kind)]
            if found:
                return found[0]
            left = deadline - time.monotonic()
            if left <= 0:
                pytest.fail(f"no {kind.__name__} within {seconds} s; there were {self.seen}")
            select.select([self.engine.event_fd()], [], [], left)

    def close(self) -> None:
        self.engine.close()
        self.udp.close()


@dataclass
class Pair:
    left: Gateway
    right: Gateway
    encapsulation: UdpEncapsulation | None = None

    def spec(self, sender: Gateway, spi: int, **changes: Any) -> tuple[SaSpec, SaSpec]:
        """The outbound SA of `sender` and the inbound one of the other end. `limits` is for `sender`'s."""
        limits = changes.pop("limits", Limits())
        outbound = SaSpec(
            direction=Direction.OUTBOUND,
            local=sender.outer,
            remote=sender.far_outer,
            spi=spi,
            selector=sender.selector,
            policy_id=1,
            cipher=EspCipher.AES,
            encryption_key=bytes(range(16)),
            auth=EspAuth.SHA,
            auth_key=bytes(range(20)),
            encapsulation=self.encapsulation,
        )
        outbound = replace(outbound, **changes)
        inbound = replace(outbound, direction=Direction.INBOUND, local=sender.far_outer, remote=sender.outer)
        return replace(outbound, limits=limits), inbound

    def install(self, sender: Gateway, spi: int, **changes: Any) -> tuple[SaSpec, SaSpec]:
        outbound, inbound = self.spec(sender, spi, **changes)
        receiver = self.right if sender is self.left else self.left
        receiver.engine.add_sa(inbound)
        sender.engine.add_sa(outbound)
        return outbound, inbound

    def up(self) -> tuple[tuple[SaSpec, SaSpec], tuple[SaSpec, SaSpec]]:
        """Policies and SAs for both directions: SPI 0x1001 from the left, 0x2002 from the right."""
        self.left.protect()
        self.right.protect()
        return self.install(self.left, 0x1001), self.install(self.right, 0x2002)


def make_gateway(
    namespace: Namespace,
    outer: str,
    far_outer: str,
    inner: IPv4Network,
    far_inner: IPv4Network,
) -> Gateway:
    with namespace.entered():
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_PKTINFO", 8), 1)
        udp.bind(("0.0.0.0", 4500))
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ESP) as esp:
            engine = UserspaceEngine(esp_socket=esp, udp_socket=udp, mark=MARK)
        engine.attach(INTERFACE, DEVICE, 1400)
    gateway = Gateway(namespace, engine, IPv4Address(outer), inner, far_inner, IPv4Address(far_outer), udp)
    namespace.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
    namespace.address("lo", f"{gateway.host}/32")
    namespace.mtu(DEVICE, 1400)
    namespace.up(DEVICE)
    namespace.run("ip", "route", "add", str(far_inner), "dev", DEVICE, "src", str(gateway.host))
    return gateway


@pytest.fixture
def make_pair() -> Iterator[Callable[[UdpEncapsulation | None], Pair]]:
    made: list[Gateway] = []

    def make(encapsulation: UdpEncapsulation | None) -> Pair:
        left, right = Namespace("left"), Namespace("right")
        connect(left, "eth0", right, "eth0")
        left.address("eth0", "192.0.2.1/24")
        right.address("eth0", "192.0.2.2/24")
        made.append(make_gateway(left, "192.0.2.1", "192.0.2.2", LEFT_NETWORK, RIGHT_NETWORK))
        made.append(make_gateway(right, "192.0.2.2", "192.0.2.1", RIGHT_NETWORK, LEFT_NETWORK))
        return Pair(made[0], made[1], encapsulation)

    yield make
    for gateway in made:
        gateway.close()
        gateway.namespace.close()


@pytest.fixture(params=["raw", "udp"])
def pair(request: pytest.FixtureRequest, make_pair: Callable[[UdpEncapsulation | None], Pair]) -> Pair:
    """Both ways of carrying ESP: IP protocol 50, and UDP port 4500 (RFC 3948)."""
    return make_pair(UdpEncapsulation(4500, 4500) if request.param == "udp" else None)


@pytest.fixture
def raw_pair(make_pair: Callable[[UdpEncapsulation | None], Pair]) -> Pair:
    return make_pair(None)


@pytest.fixture
def udp_pair(make_pair: Callable[[UdpEncapsulation | None], Pair]) -> Pair:
    return make_pair(UdpEncapsulation(4500, 4500))
