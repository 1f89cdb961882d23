"""`show crypto call admission statistics`: the limits of call admission control, and what it has counted."""

from cryptomap.cli.command import show
from cryptomap.cli.text import block
from cryptomap.model.config import Personality
from cryptomap.model.status import CallStatistics, RequestCounts

RULE = "-" * 69


def render(data: CallStatistics, personality: Personality) -> str:
    """0 stands for no limit. The limits of system load and of IPsec SAs are never set."""
    ike, ipsec = data.active + data.negotiating, data.ipsec_active + data.ipsec_negotiating
    rejected = data.incoming.rejected + data.outgoing.rejected
    return block(
        [
            RULE,
            f"{'':15}Crypto Call Admission Control Statistics",
            RULE,
            f"System Resource Limit:{0:9} Max IKE SAs:{data.sa_limit or 0:6}"
            f" Max in nego:{data.negotiation_limit or 0:6}",
            f"Total IKE SA Count:{ike:12} active:{data.active:11} negotiating:{data.negotiating:6}",
            _requests("Incoming IKE", data.incoming),
            _requests("Outgoing IKE", data.outgoing),
            f"Rejected IKE Requests:{rejected:9} rsrc low:{data.rejected_for_resources:9}"
            f" Active SA limit: {data.rejected_by_sa_limit}",
            f"{'':51}In-neg SA limit: {data.rejected_by_negotiation_limit}",
            f"IKE packets dropped at dispatch:{data.dropped:9}",
            "",
            f"Max IPSEC SAs:{0:6}",
            f"Total IPSEC SA Count:{ipsec:12} active:{data.ipsec_active:11}"
            f" negotiating:{data.ipsec_negotiating:6}",
            _requests("Incoming IPSEC", data.ipsec_incoming),
            _requests("Outgoing IPSEC", data.ipsec_outgoing),
            "",
            f"Phase1.5 SAs under negotiation:{data.asking_users:10}",
        ]
    )


def _requests(kind: str, counts: RequestCounts) -> str:
    return f"{kind} Requests:{counts.total:9} accepted:{counts.accepted:9} rejected:{counts.rejected:9}"


COMMANDS = [
    show(
        "show crypto call admission statistics",
        {
            "call": "Show crypto call admission info",
            "admission": "Show Crypto Call Admission Control information",
            "statistics": "Show Crypto Call Admission Control statistics",
        },
        lambda router, personality, args: render(router.call_statistics(), personality),
    )
]
