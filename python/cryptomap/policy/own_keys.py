"""Our RSA key pairs, and which of them serves a purpose."""

from dataclasses import dataclass
from datetime import datetime

from cryptomap.crypto.rsa import RsaKeyPair
from cryptomap.model.config import RouterConfig
from cryptomap.model.pki import KeyUsage

DEFAULT_HOSTNAME = "Router"


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key pair of `crypto key generate rsa`. Usage keys come as two of one label."""

    label: str
    usage: KeyUsage
    pair: RsaKeyPair
    created: datetime
    exportable: bool = False


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """All our key pairs, in the order they were made."""

    keys: tuple[OwnKey, ...] = ()

    def labelled(self, label: str) -> tuple[OwnKey, ...]:
        """One general key, or the signature and the encryption key, or none."""
        return tuple(key for key in self.keys if key.label == label)

    def signing(self, config: RouterConfig, label: str | None = None) -> OwnKey | None:
        """The key that signs; without a label the router's own."""
        return self._find(config, label, KeyUsage.SIGNATURE)

    def decrypting(self, config: RouterConfig, label: str | None = None) -> OwnKey | None:
        """The key that peers encrypt for; without a label the router's own."""
        return self._find(config, label, KeyUsage.ENCRYPTION)

    def _find(self, config: RouterConfig, label: str | None, usage: KeyUsage) -> OwnKey | None:
        """The key for this usage alone comes before a general one. The router's own is the one of its full
        name, else the only one there is."""
        fit = [key for key in self.keys if key.usage in (usage, KeyUsage.GENERAL)]
        named = [key for key in fit if key.label == (label or default_label(config))]
        if not named and label is None and len(fit) == 1:
            named = fit
        return min(named, key=lambda key: key.usage is KeyUsage.GENERAL, default=None)

    def with_keys(self, *new: OwnKey) -> "OwnKeys":
        """With these, instead of those of the same labels that they make needless."""
        kept = tuple(key for key in self.keys if not any(_replaces(each, key) for each in new))
        return OwnKeys(kept + new)

    def without(self, label: str | None = None) -> "OwnKeys":
        """Without those of a label, or without any."""
        return OwnKeys(tuple(key for key in self.keys if label not in (None, key.label)))


def default_label(config: RouterConfig) -> str:
    """What keys are called unless a label is given: the router's full name."""
    return f"{config.hostname}.{config.domain_name}" if config.domain_name else config.hostname


def _replaces(new: OwnKey, old: OwnKey) -> bool:
    usages = new.usage, old.usage
    return new.label == old.label and (usages[0] is usages[1] or KeyUsage.GENERAL in usages)
