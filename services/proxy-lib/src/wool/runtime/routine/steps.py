"""One remote async generator, step by step."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from wool.runtime.routine.ends import fail, opened
from wool.runtime.worker.calls import CANCEL_LIMIT, Call, Command, Heard
from wool.runtime.worker.peer import Peer
from wool_common import frames as f
from wool_common.errors import WorkerLost
from wool_common.pickling.exceptions import dump_exception
from wool_common.pickling.values import dump


class Steps:
    """
    One remote async generator, of which the task has been sent to *member* as *call*.

    Steps raise StopAsyncIteration once the generator has returned. With *prefetch* the
    worker runs ahead by as many values as the caller has granted, and only `following`
    may be asked for.
    """

    def __init__(self, call: Call | None, member: Peer | None, prefetch: int) -> None:
        self._call = call
        self.member = member
        self._prefetch = prefetch
        self._granted = 0
        self._is_abandoned = False

    async def first(self) -> object:
        """Return the generator's first value."""
        call = cast(Call, self._call)
        self._begin(call)
        await self._wait(call)
        return await self._outcome(call)

    async def following(self) -> object:
        """Return the next value."""
        call = cast(Call, self._call)
        if self._prefetch:
            if self._granted <= self._prefetch // 2:
                more = self._prefetch - self._granted
                self._granted += more
                call.say(f.Next, more)
            if not call.heard and call.end is None:
                await self._wait(call)
            return await self._outcome(call)
        self._granted = 1
        return await self._step(call, f.Next, 1)

    async def send(self, value: object) -> object:
        """Resume the generator with *value* and return what it yields."""
        self._must_be_in_step("asend")
        return await self._step(
            cast(Call, self._call), f.Send, dump(value, exceptions=True, root="sent")
        )

    async def throw(self, error: BaseException) -> object:
        """Resume the generator with *error* and return what it yields."""
        self._must_be_in_step("athrow")
        payload = dump_exception(error, task="", worker="")
        return await self._step(cast(Call, self._call), f.Throw, payload)

    async def aclose(self) -> None:
        """
        Run the generator's own clean-up on the worker, where it has not ended.

        Raises what the clean-up raises.
        """
        call = self._call
        if call is None or call.end is not None:
            return
        call.say(f.Close)
        if self._is_abandoned:
            return  # a worker that did not answer a cancellation is not waited for again
        try:
            async with asyncio.timeout(CANCEL_LIMIT):
                while call.end is None:
                    await call.more()
        except TimeoutError:
            return
        except asyncio.CancelledError:
            call.say(f.Cancel)
            raise
        if isinstance(call.end, f.Raised):
            member = cast(Peer, self.member)
            try:
                await fail(call.end, member)
            except WorkerLost as lost:
                # A worker that stops has closed the generator as well.
                if lost.worker != member.metadata.uid:
                    raise

    def _begin(self, call: Call) -> None:
        self._granted = max(1, self._prefetch)
        call.say(f.Next, self._granted)

    def _must_be_in_step(self, name: str) -> None:
        if self._prefetch:
            raise RuntimeError(
                f"{name} needs a generator in lock-step; this one was asked for with"
                f" prefetch={self._prefetch}"
            )

    async def _step(self, call: Call, kind: type[Command], *rest: Any) -> object:
        call.say(kind, *rest)
        await self._wait(call)
        return await self._outcome(call)

    async def _wait(self, call: Call) -> None:
        try:
            while not call.heard and call.end is None:
                await call.more()
        except asyncio.CancelledError:
            # What is here already has crossed the cancellation.
            if call.heard or call.end is not None or not await call.cancel():
                self._is_abandoned = call.end is None and not call.heard
                raise

    async def _outcome(self, call: Call) -> object:
        if call.heard:
            self._granted -= 1
            return await opened(call.heard.popleft().value, call.order.watched)
        end = cast(Heard, call.end)
        if isinstance(end, f.Returned):
            raise StopAsyncIteration
        return await fail(end, cast(Peer, self.member))
