"""`show crypto engine connections active`."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block, interface_of
from cryptomap.model.address import Address
from cryptomap.model.algorithm import EspCipher, IkeCipher
from cryptomap.model.config import Personality
from cryptomap.model.status import IpsecSaStatus, IsakmpSaStatus

ALGORITHM_WIDTH = 18
"""12.3 cuts the name of an IKE SA's algorithms here, which is how `HMAC_MD5+3DES_56_C` came to be."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One row. `old_algorithm` is the 12.3 name."""

    id: int
    kind: str
    interface: str
    address: Address
    algorithm: str
    old_algorithm: str
    encrypted: int = 0
    decrypted: int = 0
    last_sequence: int = 0


def collect(router: Router) -> Sequence[Connection]:
    """Every SA with keys, by connection id."""
    rows = [
        _ike(router, sa, sa.encryption)
        for sa in router.isakmp_sas()
        if sa.encryption is not None and not sa.deleted
    ]
    for flow in router.ipsec_flows():
        for sa in (*flow.inbound, *flow.outbound):
            name = _esp_name(sa)
            packets = sa.counters.packets
            inbound = sa in flow.inbound
            rows.append(
                Connection(
                    sa.connection_id,
                    "IPsec",
                    str(flow.interface),
                    flow.local_address,
                    name,
                    name,
                    0 if inbound else packets,
                    packets if inbound else 0,
                    sa.counters.sequence if inbound else 0,
                )
            )
    return sorted(rows, key=lambda row: row.id)


def _ike(router: Router, sa: IsakmpSaStatus, encryption: IkeCipher) -> Connection:
    hash_name = sa.hash.value.upper() if sa.hash else ""
    bits = str(sa.key_bits) if sa.key_bits and sa.key_bits != 128 else ""
    old_cipher = {IkeCipher.DES: "DES_56_CBC", IkeCipher.TRIPLE_DES: "3DES_56_CBC"}.get(
        encryption, f"AES{bits}_CBC"
    )
    return Connection(
        sa.connection_id,
        "IKE",
        interface_of(router, sa.local.address),
        sa.local.address,
        f"{hash_name}+{encryption.value.upper()}{bits}",
        f"HMAC_{hash_name}+{old_cipher}",
    )


def _esp_name(sa: IpsecSaStatus) -> str:
    cipher = "AES-GCM" if sa.cipher is EspCipher.GCM else sa.cipher.value.removeprefix("esp-").upper()
    bits = str(sa.key_bits) if sa.key_bits and sa.key_bits != 128 else ""
    auth = sa.auth.value.removeprefix("esp-").removesuffix("-hmac").upper() if sa.auth else ""
    return f"{cipher}{bits}+{auth}" if auth else f"{cipher}{bits}"


def render(rows: Sequence[Connection], personality: Personality) -> str:
    if personality is Personality.IOS_12_3:
        header = "  ID Interface            IP-Address      State  Algorithm           Encrypt  Decrypt"
        return block([header, *(_old_row(row) for row in rows)])
    header = "   ID  Type    Algorithm           Encrypt  Decrypt LastSeqN IP-Address"
    return block(["Crypto Engine Connections", "", header, *(_row(row) for row in rows), ""])


def _row(row: Connection) -> str:
    counts = f"{row.encrypted:9}{row.decrypted:9}{row.last_sequence:9}"
    return f"{row.id:5}  {row.kind:7} {row.algorithm:18}{counts} {row.address}"


def _old_row(row: Connection) -> str:
    number = row.id % 1000 if row.kind == "IKE" else row.id
    algorithm = f"{row.old_algorithm[:ALGORITHM_WIDTH]:{ALGORITHM_WIDTH}}"
    place = f"{row.interface:20} {row.address!s:15}"
    return f"{number:4} {place} set    {algorithm}{row.encrypted:9}{row.decrypted:9}"


COMMANDS = [
    show(
        "show crypto engine connections active",
        {
            "engine": "Show crypto engine info",
            "connections": "Show crypto engine connections",
            "active": "Show all crypto engine active connections",
        },
        lambda router, personality, args: render(collect(router), personality),
    )
]
