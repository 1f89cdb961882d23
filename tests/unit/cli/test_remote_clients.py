"""What the show commands tell of remote clients."""

from dataclasses import replace

from tests.unit.cli.conftest import FIRST, R3, lab1_flow, lab1_isakmp_sa

from cryptomap.cli.show import crypto_isakmp_sa, crypto_session
from cryptomap.model.address import Endpoint
from cryptomap.model.config import Personality
from cryptomap.model.status import ClientStatus, IpsecFlowStatus, IsakmpSaStatus


class Seen:
    """As much of a router as the command looks at."""

    def __init__(
        self, flows: list[IpsecFlowStatus], sas: list[IsakmpSaStatus], clients: list[ClientStatus]
    ) -> None:
        self._flows, self._sas, self._clients = flows, sas, clients

    def ipsec_flows(self) -> list[IpsecFlowStatus]:
        return self._flows

    def isakmp_sas(self) -> list[IsakmpSaStatus]:
        return self._sas

    def remote_clients(self) -> list[ClientStatus]:
        return self._clients


ALICE = ClientStatus(Endpoint(R3, 500), "alice", "VPNG", FIRST, 75)


def shown(router: Seen, *, detail: bool = True) -> list[str]:
    sessions = crypto_session.collect(router)  # type: ignore[arg-type]
    return crypto_session.render(sessions, Personality.IOS_15, detail).splitlines()


def test_the_user_and_what_it_was_given() -> None:
    sa = replace(lab1_isakmp_sa(), xauth=True, configured=True)
    lines = shown(Seen([lab1_flow()], [sa], [ALICE]))
    start = lines.index("Interface: Ethernet0/0")
    assert lines[start + 1 : start + 6] == [
        "Username: alice",
        "Group: VPNG",
        "Assigned address: 10.9.9.1",
        "Uptime: 00:01:15",
        "Session status: UP-ACTIVE",
    ]
    assert any(line.strip().startswith("Capabilities:CX ") for line in lines)
    assert not any("Uptime" in line for line in shown(Seen([lab1_flow()], [sa], [ALICE]), detail=False))


def test_two_clients_behind_one_address() -> None:
    """Each with its own ISAKMP SA: their ports differ."""
    bob = replace(ALICE, peer=Endpoint(R3, 20001), user="bob", address=FIRST + 1)
    flows = [lab1_flow(), replace(lab1_flow(), peer_port=20001)]
    sas = [lab1_isakmp_sa(), replace(lab1_isakmp_sa(), remote=Endpoint(R3, 20001), connection_id=1002)]
    lines = shown(Seen(flows, sas, [ALICE, bob]))
    users = [line for line in lines if line.startswith("Username")]
    assert users == ["Username: alice", "Username: bob"]
    assert sum("IKEv1 SA:" in line for line in lines) == 2


def test_a_client_whose_group_is_all_that_is_known() -> None:
    unnamed = ClientStatus(Endpoint(R3, 500), None, "VPNG", None, 0)
    lines = shown(Seen([lab1_flow()], [], [unnamed]))
    assert "Group: VPNG" in lines
    assert not any(line.startswith(("Username", "Assigned")) for line in lines)


def test_capabilities_and_the_state_of_xauth() -> None:
    asking = replace(lab1_isakmp_sa(), state="CONF_XAUTH", xauth=True, nat_detected=True)
    data = crypto_isakmp_sa.IsakmpSas([asking])
    assert "CONF_XAUTH" in crypto_isakmp_sa.render(data, Personality.IOS_15)
    assert crypto_isakmp_sa.render_detail(data, Personality.IOS_15).splitlines()[9].endswith(" NX  ")
    watched = crypto_isakmp_sa.IsakmpSas([replace(lab1_isakmp_sa(), watched=True)])
    assert crypto_isakmp_sa.render_detail(watched, Personality.IOS_15).splitlines()[9].endswith("41 D   ")
