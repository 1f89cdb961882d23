"""`show crypto isakmp policy`."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptomap.cli.command import show
from cryptomap.cli.router import Router
from cryptomap.cli.text import block
from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy, Personality

HASH_TEXT = {
    Hash.MD5: "Message Digest 5",
    Hash.SHA: "Secure Hash Standard",
    Hash.SHA256: "Secure Hash Standard 2 (256 bit)",
    Hash.SHA384: "Secure Hash Standard 2 (384 bit)",
    Hash.SHA512: "Secure Hash Standard 2 (512 bit)",
}
AUTH_TEXT = {
    AuthMethod.PRE_SHARE: "Pre-Shared Key",
    AuthMethod.RSA_SIG: "Rivest-Shamir-Adleman Signature",
    AuthMethod.RSA_ENCR: "Rivest-Shamir-Adleman Encryption",
}
GROUP_BITS = {
    Group.MODP_768: 768,
    Group.MODP_1024: 1024,
    Group.MODP_1536: 1536,
    Group.MODP_2048: 2048,
    Group.MODP_3072: 3072,
    Group.MODP_4096: 4096,
    Group.ECP_256: 256,
    Group.ECP_384: 384,
    Group.ECP_521: 521,
}


@dataclass(frozen=True, slots=True)
class Policies:
    """In order of priority, best first."""

    policies: Sequence[IsakmpPolicy]


def collect(router: Router) -> Policies:
    configured = router.config.isakmp_policies
    return Policies(tuple(configured[priority] for priority in sorted(configured)))


def render(data: Policies, personality: Personality) -> str:
    lines = ["", "Global IKE policy"]
    for policy in data.policies:
        lines += [f"Protection suite of priority {policy.priority}", *_suite(policy)]
    if personality is Personality.IOS_12_3:
        lines += ["Default protection suite", *_suite(IsakmpPolicy(65535))]
    return block(lines)


def _suite(policy: IsakmpPolicy) -> list[str]:
    return [
        f"        encryption algorithm:   {_encryption(policy)}",
        f"        hash algorithm:         {HASH_TEXT[policy.hash]}",
        f"        authentication method:  {AUTH_TEXT[policy.authentication]}",
        f"        Diffie-Hellman group:   #{int(policy.group)} ({GROUP_BITS[policy.group]} bit)",
        f"        lifetime:               {policy.lifetime} seconds, no volume limit",
    ]


def _encryption(policy: IsakmpPolicy) -> str:
    if policy.encryption is IkeCipher.AES:
        return f"AES - Advanced Encryption Standard ({policy.key_bits or 128} bit keys)."
    if policy.encryption is IkeCipher.TRIPLE_DES:
        return "Three key triple DES"
    return "DES - Data Encryption Standard (56 bit keys)."


COMMANDS = [
    show(
        "show crypto isakmp policy",
        {"policy": "Show ISAKMP protection suite policy"},
        lambda router, personality, args: render(collect(router), personality),
    )
]
