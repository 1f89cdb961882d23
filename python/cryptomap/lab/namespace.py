"""Network namespaces, the links between them, and processes inside them.

A `Namespace` has no name in the file system: a file descriptor holds it, so it vanishes with the process
that made it and with everything started in it. Its user needs CAP_NET_ADMIN and CAP_SYS_ADMIN (root, or a
user namespace as `cryptomap.lab.isolation` makes one).

    with Namespace("R2") as r2, Namespace("ISP") as isp:
        connect(r2, "eth0", isp, "eth0")
        r2.address("eth0", "12.1.1.2/24")
        isp.address("eth0", "12.1.1.1/24")
        r2.route("default", "12.1.1.1")
        r2.run("ping", "-c1", "12.1.1.1")
"""

import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Interface, ip_interface, ip_network
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from pyroute2 import IPRoute

CLONE_NEWNET = 0x40000000
"""`unshare` and `setns` flag for a network namespace (linux/sched.h)."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_CURRENT = "/proc/thread-self/ns/net"


class Namespace:
    """One network namespace, with its loopback up. `name` is only for messages.

    Creating and every method raise `OSError` or pyroute2's `NetlinkError` with the kernel's reason.
    Not for use by two threads at once: a call moves the calling thread into the namespace and back.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        home = _open_current()
        try:
            _check(_LIBC.unshare(CLONE_NEWNET), f"cannot make the network namespace {name}")
            self.fd = _open_current()
        finally:
            _setns(home)
            os.close(home)
        self._processes: list[subprocess.Popen[str]] = []
        self.up("lo")

    def close(self) -> None:
        """End what `start` started here and let the namespace go."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self._processes.clear()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """While the block runs the calling thread is in the namespace; sockets and children stay in it."""
        home = _open_current()
        try:
            _setns(self.fd)
            yield
        finally:
            _setns(home)
            os.close(home)

    @contextmanager
    def netlink(self) -> Iterator[IPRoute]:
        """A route netlink socket of the namespace, for what the methods below do not cover."""
        with self.entered():
            route = IPRoute()
        with route:
            yield route

    def up(self, device: str) -> None:
        """Set a device up."""
        with self.netlink() as netlink:
            netlink.link("set", index=_index(netlink, device), state="up")

    def down(self, device: str) -> None:
        """Set a device down."""
        with self.netlink() as netlink:
            netlink.link("set", index=_index(netlink, device), state="down")

    def mtu(self, device: str, octets: int) -> None:
        """Set a device's MTU."""
        with self.netlink() as netlink:
            netlink.link("set", index=_index(netlink, device), mtu=octets)

    def address(self, device: str, address: str) -> None:
        """Give a device an address with prefix length, such as `12.1.1.2/24`, and set it up."""
        interface = ip_interface(address)
        with self.netlink() as netlink:
            index = _index(netlink, device)
            fields: dict[str, Any] = {"address": str(interface.ip), "prefixlen": interface.network.prefixlen}
            if isinstance(interface, IPv4Interface):
                fields["broadcast"] = str(interface.network.broadcast_address)
            else:
                fields["flags"] = 0x02  # IFA_F_NODAD: usable at once
            netlink.addr("add", index=index, **fields)
            netlink.link("set", index=index, state="up")

    def route(self, destination: str, gateway: str) -> None:
        """Route a network, or `default`, by way of `gateway`."""
        if destination == "default":
            destination = "::/0" if ":" in gateway else "0.0.0.0/0"
        network = ip_network(destination)
        family = socket.AF_INET if network.version == 4 else socket.AF_INET6
        with self.netlink() as netlink:
            netlink.route("add", family=family, dst=str(network), gateway=gateway)

    def sysctl(self, name: str, value: int | str) -> None:
        """Set a `net.*` sysctl, dotted as in `net.ipv4.ip_forward`."""
        with self.entered():
            Path("/proc/sys", *name.split(".")).write_text(f"{value}\n")

    def forward(self) -> None:
        """Be an IPv4 router that accepts packets whichever way they come."""
        self.sysctl("net.ipv4.ip_forward", 1)
        for scope in ("all", "default"):
            self.sysctl(f"net.ipv4.conf.{scope}.rp_filter", 0)

    def open_socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket of the namespace, usable from anywhere."""
        with self.entered():
            return socket.socket(family, kind, protocol)

    def start(
        self,
        *command: str,
        environment: Mapping[str, str] | None = None,
        output: int | IO[str] | None = None,
        stdin: int | None = subprocess.DEVNULL,
    ) -> subprocess.Popen[str]:
        """Start a process here. `output` (such as `subprocess.PIPE` or a file) takes both its outputs.

        `environment` is added to ours. The process is killed when the namespace is closed.
        """
        with self.entered():
            process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                text=True,
            )
        self._processes = [earlier for earlier in self._processes if earlier.poll() is None]
        self._processes.append(process)
        return process

    def run(
        self,
        *command: str,
        timeout: float = 30,
        check: bool = True,
        input: str | None = None,
        folder: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command here to its end, in `folder` if that is given, both outputs together in `stdout`.

        Raises `subprocess.CalledProcessError` for a non-zero exit when `check`, and
        `subprocess.TimeoutExpired` after `timeout` seconds (the process is killed).
        """
        with self.entered():
            return subprocess.run(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL if input is None else None,
                input=input,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=timeout,
                check=check,
            )


def connect(left: Namespace, left_device: str, right: Namespace, right_device: str, mtu: int = 1500) -> None:
    """Make a veth link, one end in each namespace, both set up. The two may be the same namespace."""
    with left.netlink() as netlink:
        peer = {"ifname": right_device, "net_ns_fd": right.fd}
        netlink.link("add", ifname=left_device, kind="veth", mtu=mtu, peer=peer)
    for namespace, device in ((left, left_device), (right, right_device)):
        namespace.mtu(device, mtu)
        namespace.up(device)


@contextmanager
def namespaces(names: Sequence[str]) -> Iterator[dict[str, Namespace]]:
    """One namespace for each name; all are closed at the end."""
    made: dict[str, Namespace] = {}
    try:
        for name in names:
            made[name] = Namespace(name)
        yield made
    finally:
        for namespace in made.values():
            namespace.close()


def _index(netlink: IPRoute, device: str) -> int:
    found = netlink.link_lookup(ifname=device)
    if not found:
        raise OSError(f"there is no device {device} in this namespace")
    return int(found[0])


def _open_current() -> int:
    return os.open(_CURRENT, os.O_RDONLY | os.O_CLOEXEC)


def _setns(descriptor: int) -> None:
    _check(_LIBC.setns(descriptor, CLONE_NEWNET), "cannot enter a network namespace")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
