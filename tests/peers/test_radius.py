"""AAA lists against local users and a real RADIUS server."""

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from tests.peers.freeradius import SECRET, FreeRadius

from cryptomap.crypto.passwords import scrypt_secret
from cryptomap.daemon.aaa.authenticator import Authenticator
from cryptomap.ikev1.api import Authenticate
from cryptomap.model.config import RouterConfig, Secret
from cryptomap.model.remote_access import (
    AaaMethod,
    Accepted,
    Challenged,
    RadiusServer,
    Rejected,
    Unavailable,
    User,
    Verdict,
)

LOOPBACK, CLIENT = IPv4Address("127.0.0.1"), IPv4Address("13.1.1.3")
LOCAL, RADIUS, NONE = AaaMethod.LOCAL, AaaMethod.RADIUS, AaaMethod.NONE


def configuration(*methods: AaaMethod, port: int = 1, timeout: int = 1) -> RouterConfig:
    """List XA with these methods, a RADIUS server at `port`, and bob as a local user."""
    server = RadiusServer("R1", LOOPBACK, auth_port=port, key=Secret(SECRET), timeout=timeout, retransmit=1)
    return RouterConfig(
        hostname="R2",
        aaa_new_model=True,
        aaa_authentication={"XA": methods},
        radius_servers={"R1": server},
        users={"bob": User("bob", scrypt_secret("bobpw", b"a" * 14))},
    )


def ask(config: RouterConfig, user: str, password: str, challenge: bytes | None = None) -> Verdict:
    """What the list says, once it says it."""

    async def whole() -> Verdict:
        answered: asyncio.Future[tuple[int, Verdict]] = asyncio.get_running_loop().create_future()
        authenticator = Authenticator(lambda: config, lambda *answer: answered.set_result(answer))
        authenticator.ask(Authenticate(7, "XA", user, password.encode(), CLIENT, challenge))
        number, verdict = await asyncio.wait_for(answered, 20)
        authenticator.close()
        assert number == 7
        return verdict

    return asyncio.run(whole())


@pytest.fixture(scope="module")
def radius(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreeRadius]:
    with FreeRadius(tmp_path_factory.mktemp("radius")) as server:
        yield server


@pytest.mark.parametrize(
    ("user", "password", "verdict"),
    [
        ("bob", "bobpw", Accepted()),
        ("bob", "other", Rejected()),
        ("bob", "", Rejected()),
        ("eve", "bobpw", Rejected()),
    ],
)
def test_local_users(user: str, password: str, verdict: Verdict) -> None:
    assert ask(configuration(LOCAL), user, password) == verdict


@pytest.mark.parametrize(
    ("user", "password", "verdict"),
    [
        ("alice", "alicepw", Accepted()),
        ("alice", "other", Rejected()),
        ("alice", "", Rejected()),
        ("eve", "alicepw", Rejected()),
        ("alice", "x" * 129, Rejected()),
        ("a" * 254, "alicepw", Rejected()),
    ],
)
def test_users_of_the_server(radius: FreeRadius, user: str, password: str, verdict: Verdict) -> None:
    assert ask(configuration(RADIUS, port=radius.port), user, password) == verdict, radius.log()


def test_a_challenge_is_answered_by_its_state(radius: FreeRadius) -> None:
    #  Access-Request(carol, password)          -->
    #                                           <--  Access-Challenge(State, "Enter the code")
    #  Access-Request(carol, 123456, State)     -->
    #                                           <--  Access-Accept
    config = configuration(RADIUS, port=radius.port)
    challenged = ask(config, "carol", "anything")
    assert isinstance(challenged, Challenged), radius.log()
    assert challenged.message == "Enter the code"
    assert ask(config, "carol", "123456", challenged.state) == Accepted()
    assert ask(config, "carol", "654321", challenged.state) == Rejected()
    assert isinstance(ask(config, "carol", "123456"), Challenged)


def test_a_challenge_goes_back_to_its_server(radius: FreeRadius) -> None:
    """A second server is not asked, since it does not know the state."""
    config = configuration(RADIUS, port=radius.port)
    other = replace(config.radius_servers["R1"], name="R0", auth_port=1)
    servers = {"R0": other, **config.radius_servers}
    challenged = ask(replace(config, radius_servers=servers), "carol", "anything")
    assert isinstance(challenged, Challenged)
    only_other = replace(config, radius_servers={"R0": other})
    assert isinstance(ask(only_other, "carol", "123456", challenged.state), Unavailable)


def test_a_silent_server_and_the_next_one(radius: FreeRadius) -> None:
    config = configuration(RADIUS, port=radius.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        silent = replace(config.radius_servers["R1"], name="R0", auth_port=deaf.getsockname()[1])
        begun = time.monotonic()
        servers = {"R0": silent, **config.radius_servers}
        assert ask(replace(config, radius_servers=servers), "alice", "alicepw") == Accepted()
        assert 1.9 < time.monotonic() - begun < 6, "one second, and one more for the retransmission"
        deaf.setblocking(False)
        requests = [deaf.recv(4096) for _ in range(2)]
        assert requests[0] == requests[1]
        assert b"alicepw" not in requests[0]


@pytest.mark.parametrize(
    ("methods", "user", "password", "verdict"),
    [
        ((RADIUS, LOCAL), "bob", "bobpw", Accepted()),
        ((RADIUS, NONE), "eve", "x", Accepted()),
        ((LOCAL, RADIUS), "eve", "x", Rejected()),
        ((AaaMethod.ENABLE, AaaMethod.TACACS, LOCAL), "bob", "bobpw", Accepted()),
    ],
)
def test_the_next_method_is_for_those_that_cannot_say(
    methods: tuple[AaaMethod, ...], user: str, password: str, verdict: Verdict
) -> None:
    """Nobody listens at port 1."""
    assert ask(configuration(*methods), user, password) == verdict


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (configuration(RADIUS), "no RADIUS server answers: R1"),
        (replace(configuration(RADIUS), radius_servers={}), "no RADIUS server with an address and a key"),
        (replace(configuration(LOCAL), users={}), "no local users"),
        (replace(configuration(LOCAL), aaa_authentication={}), "no `aaa authentication login XA`"),
        (replace(configuration(LOCAL), aaa_new_model=False), "no `aaa authentication login XA`"),
        (configuration(AaaMethod.LINE), "no method that can be used"),
    ],
)
def test_what_is_missing_is_said(config: RouterConfig, words: str) -> None:
    verdict = ask(config, "bob", "bobpw")
    assert isinstance(verdict, Unavailable)
    assert words in verdict.reason


def test_a_wrong_key_is_no_answer(radius: FreeRadius) -> None:
    config = configuration(RADIUS, port=radius.port)
    wrong = replace(config.radius_servers["R1"], key=Secret("other"))
    assert isinstance(ask(replace(config, radius_servers={"R1": wrong}), "alice", "alicepw"), Unavailable)


def test_replies_without_message_authenticator_are_not_taken(tmp_path: Path) -> None:
    """CVE-2024-3596: such a reply could have been forged."""
    with FreeRadius(tmp_path, sign=False) as server:
        verdict = ask(configuration(RADIUS, port=server.port), "alice", "alicepw")
        assert isinstance(verdict, Unavailable), server.log()
        assert "Login OK" in server.log(), "the server did let alice in"


def test_the_loop_goes_on_while_a_user_is_looked_up() -> None:
    """Ten hashes of 50 ms and more, and a loop that is never kept for long."""

    async def whole() -> float:
        loop = asyncio.get_running_loop()
        left, done = [10], loop.create_future()

        def answered(number: int, verdict: Verdict) -> None:
            assert verdict == Accepted()
            left[0] -= 1
            if not left[0]:
                done.set_result(None)

        authenticator = Authenticator(lambda: configuration(LOCAL), answered)
        for number in range(10):
            authenticator.ask(Authenticate(number, "XA", "bob", b"bobpw", CLIENT))
        longest = 0.0
        while not done.done():
            begun = time.monotonic()
            await asyncio.sleep(0.001)
            longest = max(longest, time.monotonic() - begun)
        authenticator.close()
        return longest

    assert asyncio.run(whole()) < 0.3
