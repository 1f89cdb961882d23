"""What happened, as values. IKE and the SA database emit them; `cli.debug` turns them into IOS text.

Every event of an ISAKMP SA carries its `SaRef`, so that a renderer needs no state of its own.
Message ids are the unsigned 32-bit wire values (IOS prints 15.x unsigned, 12.3 signed).
"""

from dataclasses import dataclass, field

from cryptomap.model.address import Address, Endpoint
from cryptomap.model.config import TransformSet
from cryptomap.model.remote_access import Assignment
from cryptomap.model.sa import Direction, SaKey
from cryptomap.model.selector import Selector


@dataclass(frozen=True, slots=True)
class SaRef:
    """Which ISAKMP SA an event is about.

    `connection_id` is 0 until the SA has keys, `handle` is a number that stays from the first
    packet to the purge, `state` is the IOS packet state (`MM_NO_STATE` ...), `role` is `I` or `R`.
    """

    handle: int
    connection_id: int
    local: Endpoint
    remote: Endpoint
    role: str
    state: str


@dataclass(frozen=True, slots=True)
class IsakmpEvent:
    """Base of what `debug crypto isakmp` shows."""

    sa: SaRef


@dataclass(frozen=True, slots=True)
class SaRequest(IsakmpEvent):
    """The key engine asked for SAs; `profile` is the ISAKMP profile of the map entry."""

    profile: str | None


@dataclass(frozen=True, slots=True)
class PeerCreated(IsakmpEvent):
    """A first contact with this peer (`Created a peer struct`)."""


@dataclass(frozen=True, slots=True)
class NodeCreated(IsakmpEvent):
    """`set new node N to STATE`. `duplicate_sa`: an older SA with this peer is still there."""

    message_id: int
    duplicate_sa: bool = False


@dataclass(frozen=True, slots=True)
class NodeDeleted(IsakmpEvent):
    """`deleting node N error TRUE|FALSE reason "..."`."""

    message_id: int
    error: bool
    reason: str


@dataclass(frozen=True, slots=True)
class NodePurged(IsakmpEvent):
    message_id: int


@dataclass(frozen=True, slots=True)
class SaPurged(IsakmpEvent):
    """The dead SA's last trace went."""


@dataclass(frozen=True, slots=True)
class SaDeleted(IsakmpEvent):
    """`deleting SA reason "..." state (I) QM_IDLE (peer X)`."""

    reason: str


@dataclass(frozen=True, slots=True)
class TryingMainMode(IsakmpEvent):
    """`Can not start Aggressive mode, trying Main mode.`"""


@dataclass(frozen=True, slots=True)
class KeyLookup(IsakmpEvent):
    """A search for a pre-shared key of `peer`; `keyring` is where it looked. `local` adds the line
    `local preshared key found` (message 2 of main mode, before the policies are checked)."""

    peer: Address
    keyring: str
    found: bool
    local: bool = False


@dataclass(frozen=True, slots=True)
class VendorIdSent(IsakmpEvent):
    """`name` is `rfc3947`, `07`, `03` or `02` (NAT-T vendor ids)."""

    name: str


@dataclass(frozen=True, slots=True)
class VendorIdSeen(IsakmpEvent):
    """`name` is `RFC 3947`, `v7`, `v3`, `v2`, `Unity`, `DPD`, `XAUTH`, `IOS`, `FRAGMENTATION` or
    None when unknown; `major` is octet 14, or None when the id is shorter."""

    name: str | None
    major: int | None
    minor: int | None = None


@dataclass(frozen=True, slots=True)
class StateChange(IsakmpEvent):
    """`Input = I, J` and `Old State = O  New State = N`; quick modes name their node."""

    inputs: tuple[str, str]
    old: str
    new: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class ExchangeBegun(IsakmpEvent):
    """`exchange` is `Main Mode`, `Aggressive Mode` or `Quick Mode`; the last has a message id."""

    exchange: str
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class PacketSent(IsakmpEvent):
    """`retransmit` is 0 the first time, else the attempt."""

    retransmit: int = 0


@dataclass(frozen=True, slots=True)
class PacketReceived(IsakmpEvent):
    """`new` is true when no SA knew the cookies (`(N) NEW SA`)."""

    new: bool = False


@dataclass(frozen=True, slots=True)
class DuplicateReceived(IsakmpEvent):
    """`phase N packet is a duplicate of a previous packet`."""

    phase: int


@dataclass(frozen=True, slots=True)
class Retransmitting(IsakmpEvent):
    """`retransmitting phase 1 MM_KEY_EXCH` / `phase 2 QM_IDLE N`; `attempt` of `limit`."""

    phase: int
    attempt: int
    limit: int
    message_id: int


@dataclass(frozen=True, slots=True)
class PayloadProcessed(IsakmpEvent):
    """`processing NAME payload. message ID = N`; NAME as IOS writes it (`SA`, `KE`, `NONCE`, `ID`,
    `HASH`, `DELETE`, `vendor id`, `NOTIFY INITIAL_CONTACT` ...)."""

    name: str
    message_id: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of an offered transform, in wire order.

    `name` is one of `encryption`, `keylength`, `hash`, `group`, `auth`, `life type`,
    `life duration` (phase 1) or `encaps`, `life type`, `life duration`, `authenticator`,
    `group`, `key length` (phase 2). `text` is the value in IOS words (`3DES-CBC`, `1 (Tunnel)`,
    `HMAC-SHA`). `octets` is set when the value came in variable form (`(VPI) of 0x0 0x1 ...`).
    """

    name: str
    text: str
    octets: bytes | None = None


@dataclass(frozen=True, slots=True)
class PolicyChecked(IsakmpEvent):
    """One offered transform against one policy. `mismatch` is None when acceptable, else one of
    `encryption`, `key length`, `hash`, `group`, `authentication`."""

    transform: int
    priority: int
    attributes: tuple[Attribute, ...]
    mismatch: str | None
    next_payload: int


@dataclass(frozen=True, slots=True)
class LifetimeAgreed(IsakmpEvent):
    """What an ISAKMP SA will live, in seconds: our policy's word, the offer's (None without), and both's."""

    configured: int
    offered: int | None
    agreed: int


@dataclass(frozen=True, slots=True)
class NoPolicyAccepted(IsakmpEvent):
    """`no offers accepted!` / `phase 1 SA policy not acceptable! (local X remote Y)`."""


@dataclass(frozen=True, slots=True)
class ScanningProfiles(IsakmpEvent):
    """`Scanning profiles for xauth ...` and the profiles looked at."""

    profiles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NatDetected(IsakmpEvent):
    """Result of the NAT-D payloads (RFC 3947 section 3.2)."""

    local_behind_nat: bool
    remote_behind_nat: bool


@dataclass(frozen=True, slots=True)
class KeysGenerated(IsakmpEvent):
    """`SKEYID state generated`."""


@dataclass(frozen=True, slots=True)
class InitialContactSent(IsakmpEvent):
    pass


@dataclass(frozen=True, slots=True)
class InitialContactReceived(IsakmpEvent):
    """The peer has no older SAs; ours with it go."""


@dataclass(frozen=True, slots=True)
class IdentityShown(IsakmpEvent):
    """An ID payload of phase 1, ours (`sent`) or the peer's. `length` is the payload's, in octets."""

    sent: bool
    next_payload: int
    id_type: int
    text: str
    protocol: int
    port: int
    length: int


@dataclass(frozen=True, slots=True)
class IdentityReplaced(IsakmpEvent):
    """Our certificate does not hold the configured identity: another goes. Both by their ID type."""

    wanted: int
    used: int


@dataclass(frozen=True, slots=True)
class CertificateRequestSent(IsakmpEvent):
    """`constructing CERT_REQ for issuer NAME`."""

    issuer: str


@dataclass(frozen=True, slots=True)
class CertificateRequested(IsakmpEvent):
    """The peer asked for a certificate of an authority; `trustpoint` is ours that knows it."""

    issuer: str
    trustpoint: str | None


@dataclass(frozen=True, slots=True)
class CertificateSent(IsakmpEvent):
    """`constructing CERT payload for SUBJECT`, and which trustpoint's key signs."""

    subject: str
    trustpoint: str


@dataclass(frozen=True, slots=True)
class CertificateReceived(IsakmpEvent):
    """A certificate payload that could be read. It is not believed yet."""

    subject: str


@dataclass(frozen=True, slots=True)
class Authenticated(IsakmpEvent):
    """The peer proved its key."""


@dataclass(frozen=True, slots=True)
class AuthenticationFailed(IsakmpEvent):
    """Message 5 or 6 did not prove the key; `decrypted` tells garbage from a wrong HASH.

    IOS logs `%CRYPTO-4-IKMP_BAD_MESSAGE: IKE message from X failed its sanity check or is malformed`.
    """

    decrypted: bool


@dataclass(frozen=True, slots=True)
class ProfileMatched(IsakmpEvent):
    """`peer matches NAME profile`, or `*none* of the profiles`."""

    profile: str | None


@dataclass(frozen=True, slots=True)
class IpsecProposalChecked(IsakmpEvent):
    """One transform of a quick mode proposal. `mismatch` as in `PolicyChecked`, plus `proxy`,
    `pfs`, `encapsulation` and `transform`."""

    proposal: int
    transform: int
    name: str
    """`ESP_DES`, `ESP_3DES`, `ESP_AES`, `ESP_NULL`."""
    attributes: tuple[Attribute, ...]
    mismatch: str | None


@dataclass(frozen=True, slots=True)
class IpsecSasCreated(IsakmpEvent):
    """`Creating IPSec SAs`: both directions, with selectors seen from here."""

    inbound: SaKey
    outbound: SaKey
    selector: Selector
    """Outbound direction."""
    inbound_connection_id: int
    outbound_connection_id: int
    seconds: int
    kilobytes: int
    pfs: bool = False


@dataclass(frozen=True, slots=True)
class NotifyReceived(IsakmpEvent):
    """A notify that does not have an event of its own. `trusted` is whether a HASH covered it."""

    notify: int
    name: str
    trusted: bool
    message_id: int
    protocol: int = 1
    spi: int = 0


@dataclass(frozen=True, slots=True)
class NotifySent(IsakmpEvent):
    notify: int
    name: str
    message_id: int
    protocol: int = 1
    spi: int = 0


@dataclass(frozen=True, slots=True)
class DpdUnanswered(IsakmpEvent):
    """A R-U-THERE had no answer; `attempt` of `limit`."""

    attempt: int
    limit: int


@dataclass(frozen=True, slots=True)
class PeerDead(IsakmpEvent):
    """The peer was asked often enough: every SA with it goes."""


@dataclass(frozen=True, slots=True)
class ConfigBegun(IsakmpEvent):
    """`initiating peer config to PEER. ID = N`."""

    message_id: int


@dataclass(frozen=True, slots=True)
class ConfigReceived(IsakmpEvent):
    """`processing transaction payload from PEER. message ID = N`, `Config payload KIND`; `kind` is `REQUEST`,
    `REPLY`, `SET` or `ACK`."""

    message_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class XauthAttributes(IsakmpEvent):
    """`ISAKMP/xauth: request attribute XAUTH_USER_NAME_V2`, without values; `direction` is `request` or
    `reply`."""

    direction: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class XauthAcknowledged(IsakmpEvent):
    """`XAUTH ACK Processed`."""


@dataclass(frozen=True, slots=True)
class ConfigChecked(IsakmpEvent):
    """`checking request:` and the attributes that the client asked for."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddressAllocated(IsakmpEvent):
    """`allocating address A`, or that there is none (`pool` is exhausted)."""

    address: Address | None
    pool: str


@dataclass(frozen=True, slots=True)
class ConfigSent(IsakmpEvent):
    """What a client is told, such as `Sending private address: 10.9.9.1`."""

    told: Assignment


@dataclass(frozen=True, slots=True)
class ConfigTaken(IsakmpEvent):
    """What a gateway told us."""

    told: Assignment


@dataclass(frozen=True, slots=True)
class PeerInvalid(IsakmpEvent):
    """Input dropped. `reason` is one sentence for a person; the blame is the error class's name."""

    blame: str
    reason: str


@dataclass(frozen=True, slots=True)
class IpsecEvent:
    """Base of what `debug crypto ipsec` shows."""


@dataclass(frozen=True, slots=True)
class KeyMessage:
    """The block IOS prints as `(key eng. msg.)`. Selector is in outbound direction."""

    direction: Direction
    local: Address
    remote: Address
    selector: Selector
    transform_set: TransformSet
    encapsulated: bool
    seconds: int
    kilobytes: int
    spi: int
    connection_id: int
    flags: int


@dataclass(frozen=True, slots=True)
class IpsecSaRequested(IpsecEvent):
    """`IPSEC(sa_request)`."""

    message: KeyMessage


@dataclass(frozen=True, slots=True)
class IpsecProposalValidated(IpsecEvent):
    """`IPSEC(validate_proposal_request): proposal part #1`. `map_name` for the kei_proxy line."""

    message: KeyMessage
    map_name: str


@dataclass(frozen=True, slots=True)
class IpsecProposalInvalid(IpsecEvent):
    """`IPSEC(ipsec_process_proposal)` refusals; `reason` is `proxy`, `transform` or `pfs`."""

    local: Address
    remote: Address
    selector: Selector
    reason: str


@dataclass(frozen=True, slots=True)
class IpsecSaInitialized(IpsecEvent):
    """`IPSEC(initialize_sas)`, one a direction."""

    message: KeyMessage
    map_name: str


@dataclass(frozen=True, slots=True)
class IpsecSaCreated(IpsecEvent):
    """`IPSEC(create_sa): sa created`."""

    key: SaKey
    transform_set: TransformSet
    connection_id: int


@dataclass(frozen=True, slots=True)
class IpsecSaDeleted(IpsecEvent):
    """`IPSEC(delete_sa): deleting SA`."""

    key: SaKey
    transform_set: TransformSet
    connection_id: int


@dataclass(frozen=True, slots=True)
class KeyEngineDelete(IpsecEvent):
    """`IPSEC(key_engine_delete_sas): rec'd delete notify from ISAKMP`."""


@dataclass(frozen=True, slots=True)
class DeleteNotSent:
    """An IPsec SA is deleted, and there is no ISAKMP SA to tell the peer under. `debug crypto isakmp`."""

    local: Address
    remote: Address
    spi: int
    """Of the inbound SA, which the delete would have named."""


@dataclass(frozen=True, slots=True)
class LogMessage:
    """A syslog line: `%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet...`."""

    facility: str
    severity: int
    mnemonic: str
    text: str


@dataclass(frozen=True, slots=True)
class KeyLog:
    """Keys for a dissector. Produced only when the endpoint was built with `key_log=True`."""

    initiator_cookie: bytes
    encryption_key: bytes = field(repr=False)


Event = IsakmpEvent | IpsecEvent | DeleteNotSent | LogMessage | KeyLog
