"""A gateway for remote clients and a client of ours, as values. The gateway is R2 of the other tests, with a
dynamic map."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from tests.sim.configs import (
    AES_POLICY,
    AES_SET,
    OUTSIDE,
    R2_ADDRESS,
    R2_LAN,
    R3_ADDRESS,
    permit,
    router,
)
from tests.sim.harness import NO_KEYS, Router, Site
from tests.sim.network import Faults

from cryptomap.ikev1.exchange import transaction
from cryptomap.ikev1.sa import IsakmpSa
from cryptomap.model import event as ev
from cryptomap.model.access_list import AccessList
from cryptomap.model.config import CryptoMap, CryptoMapEntry, Interface, RouterConfig, Secret
from cryptomap.model.remote_access import (
    AaaMethod,
    AddressMode,
    AddressPool,
    Assignment,
    ClientAccess,
    ClientGroup,
    EzvpnClient,
)
from cryptomap.policy.own_keys import OwnKeys
from cryptomap.wire.config_numbers import ConfigMessage
from cryptomap.wire.payload import Attribute

ANYWHERE = IPv4Network("0.0.0.0/0")
FIRST = IPv4Address("10.9.9.1")
GROUP = ClientGroup(
    "VPNG",
    Secret("groupkey"),
    pool="RA",
    acl="150",
    dns=(IPv4Address("2.2.2.53"),),
    wins=(IPv4Address("2.2.2.54"),),
    domain="lab.example",
    split_dns=("lab.example", "inside.example"),
    netmask=IPv4Address("255.255.255.0"),
    banner="Welcome",
    save_password=True,
    backup_gateways=("12.1.1.9",),
)
ACCESS = ClientAccess("XA", "GRP", frozenset({AddressMode.RESPOND}))


def gateway(
    access: ClientAccess = ACCESS, group: ClientGroup = GROUP, last: str = "10.9.9.1"
) -> RouterConfig:
    """R2, with a pool from 10.9.9.1 to `last`."""
    config = router("R2", R2_ADDRESS, R3_ADDRESS, (), sets=(AES_SET,), policies=(AES_POLICY,))
    template = CryptoMapEntry(10, transform_sets=(AES_SET.name,))
    return replace(
        config,
        keyrings={},
        access_lists={"150": split_list()},
        crypto_maps={
            "huawei": CryptoMap("huawei", {65000: CryptoMapEntry(65000, dynamic="DYN")}, client=access)
        },
        dynamic_maps={"DYN": CryptoMap("DYN", {10: template})},
        pools={"RA": AddressPool("RA", ((FIRST, IPv4Address(last)),))},
        client_groups={group.name: group},
        aaa_new_model=True,
        aaa_authentication={"XA": (AaaMethod.LOCAL,)},
        aaa_authorization={"GRP": (AaaMethod.LOCAL,)},
    )


def split_list() -> AccessList:
    """What is behind the gateway."""
    return AccessList("150", (permit(R2_LAN, ANYWHERE),))


def client(**changes: object) -> RouterConfig:
    """R3 as a client of R2's: `crypto ipsec client ezvpn ez`."""
    ez = EzvpnClient(
        "ez",
        group="VPNG",
        key=Secret("groupkey"),
        peers=(R2_ADDRESS,),
        username="alice",
        password=Secret("alicepw"),
    )
    outside = Interface(OUTSIDE, IPv4Interface((R3_ADDRESS, 24)), ezvpn_outside="ez")
    return RouterConfig(
        hostname="R3",
        interfaces={OUTSIDE: outside},
        isakmp_policies={AES_POLICY.priority: AES_POLICY},
        ezvpn_clients={"ez": replace(ez, **changes)},  # type: ignore[arg-type]
        compliance_shield=False,
    )


class RemoteSite(Site):
    """The gateway is on the left, the client on the right; alice's password is right."""

    def __init__(
        self,
        left: RouterConfig | None = None,
        right: RouterConfig | None = None,
        seed: int = 1,
        faults: Faults | None = None,
        keys: tuple[OwnKeys, OwnKeys] = (NO_KEYS, NO_KEYS),
    ) -> None:
        super().__init__(left or gateway(), right or client(), seed, faults, keys=keys)
        self.gateway, self.client = self.both
        self.gateway.passwords = {"alice": "alicepw"}
        self.client.endpoint.set_config(self.clock.now, self.client.config, self.client.spd)
        self.client.turn()

    def ping(self) -> None:
        """From the gateway's LAN to the client."""
        self.left.ping("2.2.2.2", "10.9.9.1")

    def ping_back(self) -> None:
        """Nothing is sent from an address that the client does not have."""
        if self.client.tunnels:
            self.right.ping("10.9.9.1", "2.2.2.2")


TYPED_BY_HAND = {"username": None, "password": None}


def the_sa(router: Router) -> IsakmpSa:
    (sa,) = (sa for sa in router.endpoint._ctx.sas if not sa.deleted)
    return sa


def say(router: Router, kind: ConfigMessage, *attributes: Attribute) -> None:
    """A transaction message that this router would not send by itself, rightly protected."""
    ctx, sa = router.endpoint._ctx, the_sa(router)
    node = transaction.new_node(ctx, sa)
    ctx.send(sa, transaction.compose(sa, node, kind, 0, attributes))
    router.turn()


def asking() -> RemoteSite:
    """Phase 1 is over, and the client's user has been asked but not answered. It does not call by itself."""
    site = calling_once(**TYPED_BY_HAND)
    site.run(2)
    assert [sa.state for sa in site.gateway.isakmp_sas] == ["CONF_XAUTH"]
    return site


def calling_once(left: RouterConfig | None = None, **changes: object) -> RemoteSite:
    """With `connect manual`, and the command that connects."""
    site = RemoteSite(left, client(automatic=False, **changes))
    site.client.endpoint.connect_client(site.clock.now, "ez")
    site.client.turn()
    return site


def type_in(site: RemoteSite, password: str, user: str = "alice") -> None:
    assert site.client.endpoint.answer_gateway(site.clock.now, "ez", user, password)
    site.client.turn()
    site.run(1)


def refused(site: Site) -> None:
    """No SA of any kind is left on either side."""
    for end in site.both:
        assert end.isakmp_sas == [], site.trouble()
        assert end.pairs == []
    site.no_errors()


def up(site: RemoteSite) -> RemoteSite:
    site.run(5)
    site.check()
    return site


def told(router: Router) -> Assignment:
    return router.of(ev.ConfigTaken)[-1].told


def second(name: str, user: str) -> RouterConfig:
    """Another client, at 14.1.1.4."""
    config = client(username=user)
    outside = Interface(OUTSIDE, IPv4Interface("14.1.1.4/24"), ezvpn_outside="ez")
    return replace(config, hostname=name, interfaces={OUTSIDE: outside})


def leave(site: RemoteSite, router: Router) -> None:
    """The client says good bye."""
    router.endpoint.shutdown(site.clock.now)
    router.turn()
    site.run(2)


def with_second(site: RemoteSite, user: str = "bob") -> Router:
    site.gateway.passwords[user] = "alicepw"
    router = Router("second", second("R4", user), site.network, 99)
    router.endpoint.set_config(site.clock.now, router.config, router.spd)
    router.turn()
    site.run(5)
    return router
