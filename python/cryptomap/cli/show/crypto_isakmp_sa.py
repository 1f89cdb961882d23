"""`show crypto isakmp sa [detail | count]`."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.cli.command import Arguments, show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block, hms
from cryptomap.model.algorithm import AuthMethod
from cryptomap.model.config import Personality
from cryptomap.model.status import IsakmpSaStatus

AUTH_WORDS = {AuthMethod.PRE_SHARE: "psk", AuthMethod.RSA_SIG: "rsig", AuthMethod.RSA_ENCR: "renc"}
FIRST_CONNECTION_ID = 1000
"""15.x counts ISAKMP SAs from 1001, 12.3 from 1."""

CODES = (
    "Codes: C - IKE configuration mode, D - Dead Peer Detection",
    "       K - Keepalives, N - NAT-traversal",
    "       T - cTCP encapsulation, X - IKE Extended Authentication",
    "       psk - Preshared key, rsig - RSA signature",
    "       renc - RSA encryption",
)


@dataclass(frozen=True, slots=True)
class IsakmpSas:
    sas: Sequence[IsakmpSaStatus]


def collect(router: Router) -> IsakmpSas:
    return IsakmpSas(tuple(router.isakmp_sas()))


def render(data: IsakmpSas, personality: Personality) -> str:
    if personality is Personality.IOS_12_3:
        rows = [_old_row(sa) for sa in data.sas]
        return block(["dst             src             state          conn-id slot", *rows])
    header = "dst             src             state          conn-id status"
    tables = []
    for version in (4, 6):
        rows = [_row(sa) for sa in data.sas if sa.dst.version == version]
        # Parsers want both headings; IOS leaves the column line out for an empty IPv6 table.
        columns = [header] if version == 4 or rows else []
        tables += [f"IPv{version} Crypto ISAKMP SA", *columns, *rows, ""]
    return block(tables)


def _row(sa: IsakmpSaStatus) -> str:
    status = "ACTIVE (deleted)" if sa.deleted else "ACTIVE"
    return f"{sa.dst!s:15} {sa.src!s:15} {sa.state:14} {sa.connection_id:7} {status}"


def _old_row(sa: IsakmpSaStatus) -> str:
    number = sa.connection_id % FIRST_CONNECTION_ID
    return f"{sa.dst!s:15} {sa.src!s:15} {sa.state:14} {number:7}    0{' (deleted)' if sa.deleted else ''}"


def render_detail(data: IsakmpSas, personality: Personality) -> str:
    header = "C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap."
    if personality is Personality.IOS_12_3:
        return block([*CODES, "", header, "", *_details(data.sas)])
    tables = list(CODES)
    for version in (4, 6):
        rows = _details([sa for sa in data.sas if sa.dst.version == version])
        columns = ["", header, ""] if version == 4 or rows else []
        tables += [f"IPv{version} Crypto ISAKMP SA", *columns, *rows, ""]
    return block(tables)


def _details(sas: Sequence[IsakmpSaStatus]) -> list[str]:
    return [line for sa in sas for line in _detail(sa)]


def _detail(sa: IsakmpSaStatus) -> list[str]:
    encryption = sa.encryption.value if sa.encryption else ""
    hash_word = sa.hash.value if sa.hash else ""
    auth = AUTH_WORDS[sa.authentication] if sa.authentication else ""
    group = str(int(sa.group)) if sa.group else ""
    left = hms(sa.lifetime_left) if sa.lifetime_left is not None else "0"
    row = (
        f"{sa.connection_id:<5} {sa.local.address!s:15} {sa.remote.address!s:15}        "
        f"{'DELETE' if sa.deleted else 'ACTIVE'} {encryption:4} {hash_word:6} {auth:4} {group:2} {left:8} "
        f"{sa.capabilities:4}"
    )
    engine = f"       Engine-id:Conn-id =  SW:{sa.connection_id % FIRST_CONNECTION_ID}"
    return [row, engine]


def render_count(data: IsakmpSas, personality: Personality) -> str:
    dead = sum(sa.deleted for sa in data.sas)
    active = sum(sa.state == "QM_IDLE" and not sa.deleted for sa in data.sas)
    return block(
        [
            f"Active ISAKMP SA's: {active}",
            "Standby ISAKMP SA's: 0",
            f"Currently being negotiated ISAKMP SA's: {len(data.sas) - active - dead}",
            f"Dead ISAKMP SA's: {dead}",
        ]
    )


def _text(router: Router, personality: Personality, args: Arguments) -> str:
    renderers = {"detail": render_detail, "count": render_count}
    return renderers.get(args.get("form", ""), render)(collect(router), personality)


COMMANDS = [
    show(
        "show crypto isakmp sa [<detail|count>$form]",
        {
            "show": "Show running system information",
            "crypto": "Encryption module",
            "isakmp": "Show ISAKMP",
            "sa": "Show ISAKMP Security Associations",
            "detail": "Show ISAKMP SA Detail",
            "count": "Show ISAKMP SA Count",
        },
        _text,
    )
]
