"""Goes through the methods of an AAA list for one user at a time.

The next method is asked only where one cannot say anything; a method that rejects a user has spoken, as in
IOS. The answer to a challenge goes back to the method and the server that gave it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from cryptomap.daemon.aaa import local, radius
from cryptomap.ikev1.api import Authenticate
from cryptomap.model.config import RouterConfig
from cryptomap.model.remote_access import AaaMethod, Accepted, Unavailable, Verdict

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 256
"""Users that are being looked up; more are turned away."""
_THREADS = 2
_Ask = Callable[[RouterConfig, Authenticate], Awaitable[Verdict]]


class Authenticator:
    """`answer` is called on the loop with each question's number and verdict."""

    def __init__(
        self, configuration: Callable[[], RouterConfig], answer: Callable[[int, Verdict], None]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._configuration = configuration
        self._answer = answer
        self._threads = ThreadPoolExecutor(_THREADS, "aaa")
        self._under_way: set[asyncio.Task[None]] = set()
        self._methods: Mapping[AaaMethod, _Ask] = {
            AaaMethod.LOCAL: self._ask_local,
            AaaMethod.LOCAL_CASE: self._ask_local,
            AaaMethod.RADIUS: radius.ask,
            AaaMethod.NONE: _let_in,
        }

    def ask(self, question: Authenticate) -> None:
        """Begin to look the user up."""
        if len(self._under_way) >= MOST_AT_ONCE:
            reason = Unavailable(f"{MOST_AT_ONCE} other users are being looked up")
            self._loop.call_soon(self._answer, question.number, reason)
            return
        task = self._loop.create_task(self._look_up(question))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def close(self) -> None:
        """Look nobody up any more."""
        for task in self._under_way:
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _look_up(self, question: Authenticate) -> None:
        try:
            verdict = await self._through_list(question)
        except Exception:
            logger.exception("the user %s could not be looked up", question.user)
            verdict = Unavailable("an internal error, see the log")
        self._answer(question.number, verdict)

    async def _through_list(self, question: Authenticate) -> Verdict:
        config, name = self._configuration(), question.list_name
        methods = config.aaa_authentication.get(name)
        if not config.aaa_new_model or methods is None:
            return Unavailable(f"there is no `aaa authentication login {name}`")
        verdict: Verdict = Unavailable(f"list {name} names no method that can be used here")
        for method in methods:
            ask = self._methods.get(method)
            if ask is not None:
                verdict = await ask(config, question)
            if not isinstance(verdict, Unavailable):
                break
        return verdict

    async def _ask_local(self, config: RouterConfig, question: Authenticate) -> Verdict:
        """In a thread: a hash that is good takes its time."""
        return await self._loop.run_in_executor(self._threads, local.judge, config, question)


async def _let_in(config: RouterConfig, question: Authenticate) -> Verdict:
    return Accepted()
