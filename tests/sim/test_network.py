"""The simulated link is as bad as its `Faults` say, each way, and a run on it replays from its seed."""

from ipaddress import IPv4Address
from itertools import groupby, pairwise

import pytest
from tests.sim.configs import R2_ADDRESS, R3_ADDRESS, r2, r3
from tests.sim.harness import Site
from tests.sim.network import Clock, Faults, Network, Parcel

from cryptomap.model.address import Datagram, Endpoint

COUNT = 10_000


def arrivals(faults: Faults, seed: int = 1) -> dict[IPv4Address, list[int]]:
    """The numbers of `COUNT` datagrams each way that arrive, in the order in which they do."""
    clock = Clock()
    network = Network(clock, seed, faults)
    got: dict[IPv4Address, list[int]] = {R2_ADDRESS: [], R3_ADDRESS: []}

    def receiver(address: IPv4Address) -> None:
        def deliver(parcel: Parcel) -> None:
            assert isinstance(parcel, Datagram)
            got[address].append(int.from_bytes(parcel.data[:4], "big"))

        network.attach(address, deliver)

    receiver(R2_ADDRESS)
    receiver(R3_ADDRESS)
    ends = Endpoint(R2_ADDRESS, 500), Endpoint(R3_ADDRESS, 500)
    for number in range(COUNT):
        for source, destination in (ends, ends[::-1]):
            network.send(Datagram(source, destination, number.to_bytes(4, "big")))
        clock.run_until(clock.now + 0.01)
    clock.run_until(clock.now + 10)
    return got


@pytest.mark.parametrize("burst", [None, 3.0, 8.0])
def test_loss_each_way(burst: float | None) -> None:
    for numbers in arrivals(Faults(loss=0.3, burst=burst)).values():
        assert 0.27 < 1 - len(numbers) / COUNT < 0.33
        arrived = set(numbers)
        runs = [
            len(list(run)) for lost, run in groupby(number not in arrived for number in range(COUNT)) if lost
        ]
        assert (burst or 1 / 0.7) * 0.9 < sum(runs) / len(runs) < (burst or 1 / 0.7) * 1.1


def test_duplication_and_reordering() -> None:
    for numbers in arrivals(Faults(duplication=0.3, jitter=0.5)).values():
        assert 0.27 < len(numbers) / COUNT - 1 < 0.33
        assert sorted(set(numbers)) == list(range(COUNT))
        assert sum(first > second for first, second in pairwise(numbers)) > COUNT / 5


def test_a_run_replays_from_its_seed() -> None:
    """The same seed, the same octets at the same times; another seed, others."""

    def run(seed: int) -> list[bytes]:
        site = Site(r2(), r3(), seed, Faults(0.2, 0.2, 0.1, 0.02, 0.3))
        site.traffic(60, back=True)
        return [datagram.data for datagram in site.network.sent]

    assert run(7) == run(7) != run(8)
