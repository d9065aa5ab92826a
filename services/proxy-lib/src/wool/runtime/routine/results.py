"""The results of one task, as an async generator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import cast

from wool.runtime.routine.ends import fail, opened
from wool.runtime.routine.steps import Steps
from wool.runtime.routine.watched import WatchedSteps, closing, noted
from wool.runtime.worker.calls import Call, Heard
from wool.runtime.worker.peer import Peer
from wool_common import frames as f


def results_of(call: Call, member: Peer, *, prefetch: int = 0) -> AsyncGenerator[object, object]:
    """
    Return what comes of *call*, which *member* has accepted.

    For a coroutine function that is one value. Closing it before the end cancels the task.
    """
    return StreamResults(call, member, prefetch) if call.order.stream else Result(call, member)


class Results(AsyncGenerator[object, object]):
    """What the results of tasks of both kinds have in common."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._closed = False

    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
        /,
    ) -> object:
        """Throw an exception in; a class, with its value, does as well."""
        if isinstance(typ, BaseException):
            return await self._throw(typ)
        return await self._throw(val if isinstance(val, BaseException) else typ())

    async def _throw(self, error: BaseException) -> object:
        raise NotImplementedError

    def __del__(self) -> None:
        call, line = self._call, self._call.line
        if call.end is None and line is not None and not self._closed:
            # Nobody is left to hear of it, and no loop to wait on.
            kind = f.Close if call.order.stream else f.Cancel
            line.do(lambda: line.say_for(call, kind))
            if call.order.watched is not None:
                call.order.watched.over("cancelled", None)


class Result(Results):
    """The one result of a coroutine function."""

    def __init__(self, call: Call, member: Peer) -> None:
        super().__init__(call)
        self.member = member
        self._over = False

    async def asend(self, value: object, /) -> object:
        """Return the result; once more, the iteration is over."""
        if self._over:
            raise StopAsyncIteration
        self._over = True
        watched = self._call.order.watched
        return await (self._only() if watched is None else noted(self._only(), watched, self))

    async def aclose(self) -> None:
        """Cancel the task, where it has not ended."""
        self._over = True
        if self._call.end is None and not self._closed:
            self._closed = True
            with closing(self._call.order.watched, self):
                await self._call.cancel()

    async def _only(self) -> object:
        call = self._call
        try:
            while call.end is None:
                await call.more()
        except asyncio.CancelledError:
            if call.end is not None or not await call.cancel():
                raise
        end = cast(Heard, call.end)
        if isinstance(end, f.Returned):
            return await opened(end.value, call.order.watched)
        return await fail(end, self.member)

    async def _throw(self, error: BaseException) -> object:
        await self.aclose()
        raise error


class StreamResults(Results):
    """The values of an async generator, step by step."""

    def __init__(self, call: Call, member: Peer, prefetch: int) -> None:
        super().__init__(call)
        steps = Steps(call, member, prefetch)
        watched = call.order.watched
        self._steps = steps if watched is None else WatchedSteps(steps, watched)
        self._begun = False
        self._over = False

    async def asend(self, value: object, /) -> object:
        """Resume the generator; the first time with None."""
        if self._over:
            raise StopAsyncIteration
        if not self._begun:
            if value is not None:
                raise TypeError("can't send non-None value to a just-started async generator")
            self._begun = True
            return await self._taken(self._steps.first())
        if value is None:
            return await self._taken(self._steps.following())
        return await self._taken(self._steps.send(value))

    async def aclose(self) -> None:
        """Close the generator on the worker; its clean-up runs."""
        self._over = True
        if not self._closed:
            self._closed = True
            await self._steps.aclose()

    async def _throw(self, error: BaseException) -> object:
        if self._over or not self._begun:
            await self.aclose()
            raise error
        return await self._taken(self._steps.throw(error))

    async def _taken(self, step: object) -> object:
        try:
            return await cast("asyncio.Future[object]", step)
        except BaseException:
            self._over = self._call.end is not None
            raise
