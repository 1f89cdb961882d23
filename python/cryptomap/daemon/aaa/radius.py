"""RADIUS servers, one after the other (RFC 2865, with the Message-Authenticator of RFC 3579 both ways).

A reply without Message-Authenticator is not taken: it could be forged on its way (CVE-2024-3596).
"""

import asyncio
import logging
from collections.abc import Iterator
from io import StringIO

from pyrad.client_async import ClientAsync
from pyrad.dictionary import Dictionary
from pyrad.packet import AccessAccept, AccessChallenge, AccessReject, AccessRequest, AuthPacket, Packet

from cryptomap.crypto.passwords import reveal
from cryptomap.ikev1.api import Authenticate
from cryptomap.model.config import RouterConfig
from cryptomap.model.remote_access import (
    Accepted,
    Challenged,
    RadiusServer,
    Rejected,
    Unavailable,
    Verdict,
)

logger = logging.getLogger(__name__)
logging.getLogger("pyrad").setLevel(logging.ERROR)

_VIRTUAL = 5
"""NAS-Port-Type of a connection that comes over another (RFC 2865 section 5.41)."""
_ATTRIBUTES = Dictionary(
    StringIO(
        """
ATTRIBUTE User-Name 1 string
ATTRIBUTE User-Password 2 octets
ATTRIBUTE Reply-Message 18 string
ATTRIBUTE State 24 octets
ATTRIBUTE Calling-Station-Id 31 string
ATTRIBUTE NAS-Identifier 32 string
ATTRIBUTE NAS-Port-Type 61 integer
ATTRIBUTE Message-Authenticator 80 octets
"""
    )
)
"""What is sent and looked at (RFC 2865 section 5, RFC 3579 section 3.2)."""
_LONGEST_PASSWORD = 128
_LONGEST_NAME = 253
_SEPARATOR = b"\0"


async def ask(config: RouterConfig, question: Authenticate) -> Verdict:
    """The first server that answers decides."""
    if not question.user or len(question.user.encode()) > _LONGEST_NAME:
        return Rejected()
    if not 0 < len(question.password) <= _LONGEST_PASSWORD:
        return Rejected()
    silent = []
    for server in _servers(config, question):
        reply = await _ask_server(config, server, question)
        if reply is not None:
            return _verdict(server, reply)
        silent.append(server.name)
    if not silent:
        return Unavailable("no RADIUS server with an address and a key is configured")
    return Unavailable(f"no RADIUS server answers: {', '.join(silent)}")


def _servers(config: RouterConfig, question: Authenticate) -> Iterator[RadiusServer]:
    """Those that can be asked; only the one that challenged the user, if one did."""
    challenger = question.challenge.partition(_SEPARATOR)[0].decode() if question.challenge else None
    for server in config.radius_servers.values():
        usable = server.address is not None and server.key is not None and server.key.kind in (0, 7)
        if usable and challenger in (None, server.name):
            yield server


async def _ask_server(config: RouterConfig, server: RadiusServer, question: Authenticate) -> Packet | None:
    """The reply, None when none came in time."""
    client = ClientAsync(
        str(server.address),
        auth_port=server.auth_port,
        secret=reveal(server.key).encode() if server.key is not None else b"",
        dict=_ATTRIBUTES,
        retries=server.retransmit,
        timeout=server.timeout,
        enforce_ma=True,
    )
    try:
        await client.initialize_transports(enable_auth=True)
        return await client.SendPacket(_request(client, config, question))
    except (OSError, TimeoutError) as error:
        logger.warning("RADIUS server %s: %s", server.name, error)
        return None
    finally:
        await asyncio.shield(client.deinitialize_transports())


def _request(client: ClientAsync, config: RouterConfig, question: Authenticate) -> AuthPacket:
    packet = client.CreateAuthPacket(code=AccessRequest, User_Name=question.user)
    packet["User-Password"] = packet.PwCrypt(question.password)
    packet["NAS-Identifier"] = config.hostname
    packet["NAS-Port-Type"] = _VIRTUAL
    packet["Calling-Station-Id"] = str(question.client)
    if question.challenge is not None:
        packet["State"] = question.challenge.partition(_SEPARATOR)[2]
    packet.add_message_authenticator()
    return packet


def _verdict(server: RadiusServer, reply: Packet) -> Verdict:
    if reply.code == AccessAccept:
        return Accepted()
    if reply.code == AccessChallenge:
        state = b"".join(reply.get("State", ()))
        message = " ".join(reply.get("Reply-Message", ()))
        return Challenged(message, server.name.encode() + _SEPARATOR + state)
    if reply.code != AccessReject:
        logger.warning("RADIUS server %s answers with code %s", server.name, reply.code)
    return Rejected()
