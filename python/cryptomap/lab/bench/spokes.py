"""All spokes in one process: `python -m cryptomap.lab.bench.spokes SUITE COUNT`, driven by lines of input.

It is the protocol core as initiator over real sockets, without a data plane. `up N` brings up the next N
spokes, some at a time, and is answered by one line of JSON. Until its input ends it answers whatever comes,
such as a hub that asks whether they live.
"""

import json
import os
import selectors
import sys
import time
from dataclasses import replace
from ipaddress import IPv4Network

from cryptomap.daemon.configuration import load_text
from cryptomap.daemon.sockets import open_udp, receive, send
from cryptomap.ikev1.api import InstallSa, Send
from cryptomap.ikev1.endpoint import Endpoint
from cryptomap.lab.bench.plan import HUB_NET, SUITES, host, spoke, spoke_configuration
from cryptomap.model.address import ISAKMP_PORT, NAT_T_PORT, Datagram
from cryptomap.model.config import InterfaceName
from cryptomap.model.sa import Acquire, Direction
from cryptomap.model.selector import Packet, Selector
from cryptomap.policy.spd import Clause, PolicyLine, Spd, compile_spd

AT_ONCE = 8
"""Handshakes on their way at any time."""
_OUTSIDE = InterfaceName("Ethernet0/0")
_LONGEST_WAIT = 1.0


class Spokes:
    """The endpoint of all of them, its sockets, and how much of the order in hand is left."""

    def __init__(self, suite: str, count: int) -> None:
        config = load_text(spoke_configuration(SUITES[suite])).config
        (first,) = compile_spd(config, {_OUTSIDE: spoke(0)}).lines(_OUTSIDE)
        lines = tuple(_line(first, number) for number in range(count))
        self._next = iter(lines)
        clauses = tuple(Clause(line.entry, line.local_address, (line,)) for line in lines)
        self._endpoint = Endpoint(config, Spd({_OUTSIDE: clauses}), os.urandom)
        self._sockets = {port: open_udp(port) for port in (ISAKMP_PORT, NAT_T_PORT)}
        self._to_begin = self._to_come_up = 0
        self._started = self._used = 0.0

    def run(self) -> None:
        """Until the input ends."""
        with selectors.DefaultSelector() as selector:
            for each in (*self._sockets.values(), sys.stdin):
                selector.register(each, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select(self._wait())]
                if sys.stdin in ready and not self._take_order(sys.stdin.readline()):
                    return
                for each in self._sockets.values():
                    if each in ready:
                        for datagram in receive(each):
                            self._received(datagram)
                self._endpoint.handle_timeout(time.monotonic())
                self._turn()

    def _wait(self) -> float:
        at = self._endpoint.next_timeout()
        return _LONGEST_WAIT if at is None else min(_LONGEST_WAIT, max(0.0, at - time.monotonic()))

    def _take_order(self, line: str) -> bool:
        if not line:
            return False
        self._to_begin = self._to_come_up = int(line.removeprefix("up "))
        self._started, self._used = time.monotonic(), time.process_time()
        self._begin(AT_ONCE)
        return True

    def _begin(self, count: int) -> None:
        """A packet of the host behind each of the next spokes wants to go to the hub's network."""
        for _ in range(min(count, self._to_begin)):
            line = next(self._next)
            self._to_begin -= 1
            packet = Packet(line.proxy.source[0], HUB_NET[1], 1)
            self._endpoint.acquire(time.monotonic(), Acquire(line.policy_id, packet))

    def _received(self, datagram: Datagram) -> None:
        self._endpoint.receive_datagram(time.monotonic(), datagram)

    def _turn(self) -> None:
        while (output := self._endpoint.poll()) is not None:
            match output:
                case Send(datagram, raw):
                    send(self._sockets[datagram.local.port], datagram, raw)
                case InstallSa(spec) if spec.direction is Direction.OUTBOUND:
                    self._come_up()

    def _come_up(self) -> None:
        """One spoke has both its SAs."""
        self._to_come_up -= 1
        self._begin(1)
        if self._to_come_up == 0:
            done = {
                "seconds": time.monotonic() - self._started,
                "cpu_seconds": time.process_time() - self._used,
            }
            print(json.dumps(done), flush=True)


def _line(first: PolicyLine, number: int) -> PolicyLine:
    """The first spoke's line as another spoke has it."""
    proxy = Selector(IPv4Network(host(number)), HUB_NET)
    return replace(first, policy_id=number + 1, local_address=spoke(number), proxy=proxy)


if __name__ == "__main__":
    Spokes(sys.argv[1], int(sys.argv[2])).run()
