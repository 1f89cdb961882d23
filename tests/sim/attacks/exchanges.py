"""Every exchange that two routers have, to be stopped after any of its messages.

A bystander R4 has SAs with both of them: whatever is done to the exchange, those are to stay as they are.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.sim import pki
from tests.sim.configs import (
    AES_POLICY,
    R2_ADDRESS,
    R2_LAN,
    R3_ADDRESS,
    R3_LAN,
    permit,
    r2,
    r3,
    router,
)
from tests.sim.harness import Router, Site
from tests.sim.network import Faults
from tests.sim.remote_access import ACCESS, RemoteSite, client, gateway
from tests.sim.test_aggressive import calling
from tests.sim.test_new_group import sealed, spelled
from tests.sim.test_rsa_encryption import left as encrypting_left
from tests.sim.test_rsa_encryption import right as encrypting_right
from tests.sim.test_rsa_encryption import site_of

from cryptomap.crypto.cipher import decrypt, encrypt
from cryptomap.ikev1.exchange.informational import send_notify
from cryptomap.ikev1.feature.dpd import Liveness
from cryptomap.ikev1.message import first_iv, protection_of
from cryptomap.ikev1.sa import IsakmpSa, Node
from cryptomap.ikev1.timers import Transmission
from cryptomap.model.access_list import AccessList
from cryptomap.model.address import Datagram, Endpoint
from cryptomap.model.algorithm import Group
from cryptomap.model.config import CryptoMapEntry, Keyring, PresharedKey, RouterConfig, Secret
from cryptomap.model.remote_access import AddressMode
from cryptomap.wire.isakmp import Header, decode_payloads, encode_payloads, split, with_body
from cryptomap.wire.numbers import Flag, NotifyType
from cryptomap.wire.payload import Payload

R4_ADDRESS, R4_LAN = IPv4Address("14.1.1.4"), IPv4Network("4.4.4.0/24")
QUICK = Faults(latency=0.005)
ENOUGH = 0.9
"""Seconds that every exchange is over in, before anything is sent again."""
PFS = Group.ECP_256


@dataclass(frozen=True, slots=True)
class Exchange:
    """`make` gives two routers that have not begun it; `begin` has the first message sent. `most` are its
    messages that either of the two can read."""

    name: str
    make: Callable[[], Site]
    begin: Callable[[Site], None]
    most: int = 100


def ping(site: Site) -> None:
    site.ping()


def knowing_r4(config: RouterConfig, lan: IPv4Network) -> RouterConfig:
    """Entry 99 of the map, policy 99 and a key are R4's."""
    entry = CryptoMapEntry(99, (R4_ADDRESS,), ("strong",), "199")
    crypto_map = config.crypto_maps["huawei"]
    keys = config.keyrings.get("default", Keyring("default", ())).keys
    of_r4 = PresharedKey(Secret("wolf"), IPv4Network(f"{R4_ADDRESS}/32"), no_xauth=True)
    return replace(
        config,
        crypto_maps={"huawei": replace(crypto_map, entries={**crypto_map.entries, 99: entry})},
        access_lists={**config.access_lists, "199": AccessList("199", (permit(lan, R4_LAN),))},
        isakmp_policies={**config.isakmp_policies, 99: replace(AES_POLICY, priority=99)},
        keyrings={"default": Keyring("default", (*keys, of_r4))},
    )


def with_bystander(site: Site) -> Site:
    """R4 has an ISAKMP SA and a pair with every one of the two that has a crypto map."""
    for end, lan in zip(site.both, (R2_LAN, R3_LAN), strict=True):
        if "huawei" in end.config.crypto_maps:
            lines = (permit(R4_LAN, lan),)
            r4 = Router("R4", router("R4", R4_ADDRESS, end.address, lines), site.network, 4)
            end.reconfigure(knowing_r4(end.config, lan))
            r4.ping("4.4.4.4", str(lan[4]))
            site.run(ENOUGH)
            assert any(pair.peer.address == R4_ADDRESS for pair in end.pairs)
    return site


def up() -> Site:
    site = Site(r2(), r3(), faults=QUICK)
    site.ping()
    site.run(ENOUGH)
    return site


def clear_all(site: Site) -> None:
    """Two informational exchanges: a delete for the IPsec SAs, and one for the ISAKMP SA."""
    site.left.endpoint.clear_sa(site.clock.now, peer=R3_ADDRESS)
    site.left.endpoint.clear_isakmp(site.clock.now, sa_of(site).connection_id)
    site.left.turn()


def ask_whether_it_lives(site: Site) -> None:
    ctx, sa = site.left.endpoint._ctx, sa_of(site)
    send_notify(ctx, sa, NotifyType.R_U_THERE, sa.initiator_cookie + sa.responder_cookie, b"\0\0\0\1")
    site.left.turn()


def ask_for_a_group(site: Site) -> None:
    data = sealed(sa_of(site), spelled())
    site.network.send(Datagram(Endpoint(R2_ADDRESS, 500), Endpoint(R3_ADDRESS, 500), data))


def sa_of(site: Site) -> IsakmpSa:
    """R2's with R3."""
    return next(sa for sa in site.left.endpoint._ctx.sas if sa.remote.address == R3_ADDRESS and sa.usable)


def connect(site: Site) -> None:
    """`crypto ipsec client ezvpn connect`."""
    site.right.endpoint.connect_client(site.clock.now, "ez")
    site.right.turn()


def remote_site(*modes: AddressMode) -> Site:
    site = RemoteSite(
        gateway(replace(ACCESS, address_modes=frozenset(modes))), client(automatic=False), faults=QUICK
    )
    return site


EXCHANGES = (
    Exchange("main", lambda: Site(r2(pfs=PFS), r3(pfs=PFS), faults=QUICK), ping),
    Exchange("main, signatures", pki.site, ping),
    Exchange("main, encryption", lambda: site_of(encrypting_left(), encrypting_right()), ping),
    Exchange("aggressive", lambda: Site(calling(), r3(), faults=QUICK), ping),
    Exchange("aggressive, signatures", lambda: pki.site(pki.aggressive(pki.left())), ping),
    Exchange("Xauth, mode config pulled", lambda: remote_site(AddressMode.RESPOND), connect),
    Exchange("Xauth, mode config pushed", lambda: remote_site(AddressMode.INITIATE), connect),
    Exchange("new group", up, ask_for_a_group, most=1),
    Exchange("deletes", up, clear_all),
    Exchange("liveness", up, ask_whether_it_lives),
)


class Stopped:
    """An exchange after `count` of its messages: the next one is on its way, and never arrives by itself."""

    def __init__(self, exchange: Exchange, count: int, *, bystander: bool = False) -> None:
        self.site = exchange.make()
        if bystander:
            with_bystander(self.site)
        self._first, self._count = len(self.site.network.sent), count
        left = [count]

        def drop(parcel: object) -> bool:
            left[0] -= isinstance(parcel, Datagram)
            return left[0] < 0

        self.site.network.drop = drop
        exchange.begin(self.site)
        self.site.run(ENOUGH)

    @property
    def sent(self) -> list[Datagram]:
        """Its messages so far, the one included that did not arrive."""
        return self.site.network.sent[self._first :]

    @property
    def next(self) -> Datagram:
        """The first message that did not arrive."""
        return self.sent[self._count]

    @property
    def receiver(self) -> Router:
        """Whom it was for."""
        return next(end for end in self.site.both if end.address == self.next.remote.address)

    def deliver(self, data: bytes) -> list[Datagram]:
        """Gives the receiver other octets in its place; returns what it sends."""
        before = len(self.site.network.sent)
        self.receiver.endpoint.receive_datagram(
            self.site.clock.now, Datagram(self.next.remote, self.next.local, data)
        )
        self.receiver.turn()
        return self.site.network.sent[before:]


def count_of(exchange: Exchange) -> int:
    """How many messages it has when nothing happens to it."""
    return min(exchange.most, len(Stopped(exchange, 1000).sent))


STEPS = [
    pytest.param(exchange, step, id=f"{exchange.name}-{step}")
    for exchange in EXCHANGES
    for step in range(count_of(exchange))
]
"""Every exchange after each number of its messages."""


def opened(router: Router, data: bytes) -> tuple[Header, tuple[Payload, ...]]:
    """A message on its way to `router`, decrypted; its payloads are octets under a number."""
    head, body = split(data)
    if head.flags & Flag.E:
        sa, iv = _keys(router, head)
        protection = protection_of(sa)
        body = decrypt(protection.cipher, protection.key, iv, body)
    return head, decode_payloads(head.next_payload, body, padded=bool(head.flags & Flag.E), kinds={})


def closed(router: Router, head: Header, payloads: Sequence[Payload]) -> bytes:
    """The other way round. A HASH is not computed again."""
    return sealed_body(router, head, *encode_payloads(payloads))


def sealed_body(router: Router, head: Header, first: int, body: bytes) -> bytes:
    """The same with octets that need be no payloads."""
    if head.flags & Flag.E:
        sa, iv = _keys(router, head)
        protection = protection_of(sa)
        body = encrypt(protection.cipher, protection.key, iv, body)
    return with_body(head, first, body)


def _keys(router: Router, head: Header) -> tuple[IsakmpSa, bytes]:
    sa = router.endpoint._ctx.sas.find(head.initiator_cookie, head.responder_cookie)
    assert sa is not None
    node = sa.nodes.get(head.message_id)
    if not head.message_id:
        return sa, sa.iv
    return sa, node.iv if node is not None else first_iv(sa, head.message_id)


def everything(router: Router) -> object:
    """All that a router remembers of its peers, so that it can be told whether anything has changed."""
    ctx = router.endpoint._ctx
    return (
        [_fields(sa) for sa in ctx.sas],
        [_fields(pair) for pair in ctx.children],
        dict(ctx.half_open._records),
        dict(ctx.timers._current),
        [_fields(session) for session in ctx.sessions],
        (set(ctx.reserved_spis), dict(ctx.wanted), dict(ctx.held), dict(ctx.logins), ctx.reassembly.octets),
        dict(router.plane.sas),
    )


def _fields(one: object) -> dict[str, object]:
    """What a mutable object holds now."""
    held = {each.name: getattr(one, each.name) for each in fields(one)}  # type: ignore[arg-type]
    held.pop("_ref", None)
    for name, value in held.items():
        if isinstance(value, Node | Transmission | Liveness):
            held[name] = _fields(value)
        elif name == "nodes":
            held[name] = {number: _fields(node) for number, node in value.items()}
        elif isinstance(value, list | set | dict):
            held[name] = copy(value)
    return held
