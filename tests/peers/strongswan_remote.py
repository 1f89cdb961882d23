"""charon for remote access, in both roles: Xauth, mode config and what Unity adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.peers.strongswan import PLUGINS, Connection

XAUTH = ("auth = xauth-generic",)


@dataclass(frozen=True, slots=True)
class _Remote(Connection):
    user: str = "alice"
    password: str = "alicepw"
    pull: str = "yes"
    """`no`: the gateway pushes the address."""
    hybrid: bool = False
    """Only the gateway has a certificate."""
    unity_on: bool = True

    @property
    def plugins(self) -> str:
        return f"{PLUGINS} attr resolve xauth-generic{' unity' if self.unity_on else ''}"

    @property
    def unity(self) -> bool:
        return self.unity_on

    def secrets(self) -> Sequence[str]:
        return (
            "  xauth-1 {",
            f"    id = {self.user}",
            f'    secret = "{self.password}"',
            "  }",
        )


@dataclass(frozen=True, slots=True)
class Client(_Remote):
    """charon calls a gateway, and wants an address of it."""

    group: str | None = None
    """Its identity is this group's name, as ID_KEY_ID."""

    def rounds(self) -> Mapping[str, Sequence[str]]:
        rounds = dict(Connection.rounds(self))
        user = (*XAUTH, f"xauth_id = {self.user}")
        if self.group is not None:
            rounds["local-1"] = [*rounds["local-1"], f"id = keyid:{self.group}"]
        if self.hybrid:
            return {"local-1": user, "remote-1": rounds["remote-1"]}
        return {"local-1": rounds["local-1"], "local-2": user, "remote-1": rounds["remote-1"]}

    def lines(self) -> Sequence[str]:
        return ("vips = 0.0.0.0", f"pull = {self.pull}")


@dataclass(frozen=True, slots=True)
class Server(_Remote):
    """charon serves clients addresses of its pool."""

    pool: str = "10.77.0.0/28"
    dns: str = "10.1.0.53"
    attributes: tuple[str, ...] = ()
    """What its clients are told beside their address, as lines of the pool."""
    group: str | None = None
    """Its clients name themselves so."""
    network: bool = False
    """Its client keeps its own network's addresses: there is no pool."""

    def rounds(self) -> Mapping[str, Sequence[str]]:
        rounds = dict(Connection.rounds(self))
        if self.group is not None:
            rounds["remote-1"] = [rounds["remote-1"][0], f"id = keyid:{self.group}"]
        if self.hybrid:
            return {"local-1": rounds["local-1"], "remote-1": XAUTH}
        return {**rounds, "remote-2": XAUTH}

    def lines(self) -> Sequence[str]:
        return (*([] if self.network else ["pools = clients"]), f"pull = {self.pull}")

    def sections(self) -> Sequence[str]:
        told = [f"    {line}" for line in self.attributes]
        return (
            "pools {",
            "  clients {",
            f"    addrs = {self.pool}",
            f"    dns = {self.dns}",
            *told,
            "  }",
            "}",
        )
