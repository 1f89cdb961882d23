"""`crypto isakmp policy N` and the five lines below it."""

from collections.abc import Iterable
from dataclasses import replace

from cryptomap.config.command import Command, ModeCommand, texts
from cryptomap.config.mode import GLOBAL, ISAKMP_POLICY, with_entry, without_entry
from cryptomap.model.algorithm import AuthMethod, Group, Hash, IkeCipher
from cryptomap.model.config import IsakmpPolicy, RouterConfig


class Policy(ModeCommand):
    mode, enters, order, opens_weak = GLOBAL, ISAKMP_POLICY, 310, True
    grammar = "crypto isakmp policy (1-10000)$priority"
    help = texts(
        {
            "policy": "Set policy for an ISAKMP protection suite",
            "$priority": "Priority of protection suite",
        }
    )

    def key(self, priority: int) -> int:
        return priority

    def apply(self, config: RouterConfig, priority: int) -> RouterConfig:
        policy = config.isakmp_policies.get(priority, IsakmpPolicy(priority))
        return replace(config, isakmp_policies=with_entry(config.isakmp_policies, priority, policy))

    def negate(self, config: RouterConfig, priority: int) -> RouterConfig:
        return replace(config, isakmp_policies=without_entry(config.isakmp_policies, priority))

    def headers(self, config: RouterConfig) -> Iterable[tuple[str, int]]:
        return ((f"crypto isakmp policy {number}", number) for number in sorted(config.isakmp_policies))


class Encryption(Command):
    mode, order, fields = ISAKMP_POLICY, 1, ("encryption", "key_bits")
    grammar = "encryption ![<des|3des|aes [<128|192|256>$bits]>$cipher]"
    help = texts(
        {
            "encryption": "Set encryption algorithm for protection suite",
            "des": "DES - Data Encryption Standard (56 bit keys)",
            "3des": "Three key triple DES",
            "aes": "AES - Advanced Encryption Standard",
            "128": "128 bit keys",
            "192": "192 bit keys",
            "256": "256 bit keys",
        }
    )

    def apply(self, policy: IsakmpPolicy, cipher: str, bits: str = "128") -> IsakmpPolicy:
        encryption = IkeCipher(cipher)
        key_bits = int(bits) if encryption is IkeCipher.AES else None
        return replace(policy, encryption=encryption, key_bits=key_bits)

    def render(self, policy: IsakmpPolicy) -> Iterable[str]:
        if policy.encryption is not IkeCipher.DES:
            bits = f" {policy.key_bits}" if policy.key_bits not in (None, 128) else ""
            yield f"encr {policy.encryption}{bits}"


class HashAlgorithm(Command):
    mode, order, fields = ISAKMP_POLICY, 2, ("hash",)
    grammar = "hash ![<md5|sha|sha256|sha384|sha512>$hash]"
    help = texts(
        {
            "hash": "Set hash algorithm for protection suite",
            "md5": "Message Digest 5",
            "sha": "Secure Hash Standard",
            "sha256": "Secure Hash Standard 2 (256 bit)",
            "sha384": "Secure Hash Standard 2 (384 bit)",
            "sha512": "Secure Hash Standard 2 (512 bit)",
        }
    )

    def apply(self, policy: IsakmpPolicy, hash: str) -> IsakmpPolicy:
        return replace(policy, hash=Hash(hash))

    def render(self, policy: IsakmpPolicy) -> Iterable[str]:
        if policy.hash is not Hash.SHA:
            yield f"hash {policy.hash}"


class Authentication(Command):
    mode, order, fields = ISAKMP_POLICY, 3, ("authentication",)
    grammar = "authentication ![<pre-share|rsa-encr|rsa-sig>$method]"
    help = texts(
        {
            "authentication": "Set authentication method for protection suite",
            "pre-share": "Pre-shared key",
            "rsa-encr": "Rivest-Shamir-Adleman encryption",
            "rsa-sig": "Rivest-Shamir-Adleman signature",
        }
    )

    def apply(self, policy: IsakmpPolicy, method: str) -> IsakmpPolicy:
        return replace(policy, authentication=AuthMethod(method))

    def render(self, policy: IsakmpPolicy) -> Iterable[str]:
        if policy.authentication is not AuthMethod.RSA_SIG:
            yield f"authentication {policy.authentication}"


class DiffieHellman(Command):
    mode, order, fields = ISAKMP_POLICY, 4, ("group",)
    grammar = "group ![<1|2|5|14|15|16|19|20|21>$group]"
    help = texts(
        {
            "group": "Set the Diffie-Hellman group",
            "1": "Diffie-Hellman group 1 (768 bit)",
            "2": "Diffie-Hellman group 2 (1024 bit)",
            "5": "Diffie-Hellman group 5 (1536 bit)",
            "14": "Diffie-Hellman group 14 (2048 bit)",
            "15": "Diffie-Hellman group 15 (3072 bit)",
            "16": "Diffie-Hellman group 16 (4096 bit)",
            "19": "Diffie-Hellman group 19 (256 bit elliptic curve)",
            "20": "Diffie-Hellman group 20 (384 bit elliptic curve)",
            "21": "Diffie-Hellman group 21 (521 bit elliptic curve)",
        }
    )

    def apply(self, policy: IsakmpPolicy, group: str) -> IsakmpPolicy:
        return replace(policy, group=Group(int(group)))

    def render(self, policy: IsakmpPolicy) -> Iterable[str]:
        if policy.group is not Group.MODP_768:
            yield f"group {policy.group.value}"


class PolicyLifetime(Command):
    mode, order, fields = ISAKMP_POLICY, 5, ("lifetime",)
    grammar = "lifetime ![(60-86400)$seconds]"
    help = texts(
        {"lifetime": "Set lifetime for ISAKMP security association", "$seconds": "Lifetime in seconds"}
    )

    def apply(self, policy: IsakmpPolicy, seconds: int) -> IsakmpPolicy:
        return replace(policy, lifetime=seconds)

    def render(self, policy: IsakmpPolicy) -> Iterable[str]:
        if policy.lifetime != 86400:
            yield f"lifetime {policy.lifetime}"
