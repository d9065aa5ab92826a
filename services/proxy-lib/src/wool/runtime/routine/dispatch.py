"""Run one call of a routine on a worker, and bring back what comes of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import cast

from wool.runtime.context import dispatch_timeout
from wool.runtime.routine.options import DispatchOptions
from wool.runtime.worker.calls import Call, Caller, Heard, Lost, NotStarted, Order
from wool.runtime.worker.proxy import Peer, Proxy, attempts
from wool_common import frames as f
from wool_common.deadline import Deadline
from wool_common.errors import (
    Attempt,
    NoWorkersAvailable,
    ProtocolViolation,
    WoolError,
    WorkerLost,
)
from wool_common.pickling.exceptions import revive
from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import dump, load
from wool_common.task import CURRENT_TASK


def order_for(
    caller: Caller,
    fn: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    options: DispatchOptions,
    *,
    stream: bool,
) -> Order:
    """Return what is to be run; pickles the arguments once, whatever happens after."""
    parent = CURRENT_TASK.get()
    timeout = options.timeout
    if parent is not None and parent.deadline is not None:
        left = parent.deadline.remaining()
        timeout = left if timeout is None else min(left, timeout)
    return Order(
        os.urandom(16),
        caller.cache.define(fn),
        dump((args, kwargs), exceptions=True, root="call"),
        b"" if parent is None else parent.key,
        timeout,
        dispatch_timeout(),
        stream,
        f.NO_HEADERS if parent is None else parent.headers,
    )


class Placement:
    """The search for a worker that takes one task: each attempt is made at most once."""

    def __init__(self, proxy: Proxy, order: Order, options: DispatchOptions) -> None:
        self._proxy = proxy
        self._order = order
        self._options = options
        self._tried: list[Attempt] = []
        limit = order.dispatch_timeout
        self._deadline = None if limit is None else Deadline.after(limit)
        self.member: Peer | None = None

    async def submit(self, caller: Caller) -> Call:
        """
        Send the task to the next worker that has not been tried.

        Raises:
            NoWorkersAvailable: there is none; its `attempts` tell why.
        """
        member = await self._next()
        session = member.session
        assert session is not None
        if session.congested:
            await session.room()
        self.member = member
        call = Call(self._order, caller)
        session.submit(call)
        return call

    def remaining(self) -> float | None:
        """Return the seconds left for being accepted, None without limit."""
        return None if self._deadline is None else self._deadline.remaining()

    def failed(self, end: Heard) -> bool:
        """Note why the attempt came to nothing; False where it did not."""
        if isinstance(end, f.Refused):
            reason = f"refused ({end.reason}): {end.details}"
        elif isinstance(end, NotStarted):
            reason = end.reason
        else:
            return False
        assert self.member is not None
        at = self.member.metadata
        self._tried.append(Attempt(worker=at.uid, address=at.address, reason=reason))
        return True

    async def _next(self) -> Peer:
        ready = self._proxy.ready
        if not ready:
            ready = await self._proxy.some_ready(self.remaining())
        if self._options.is_selective:
            ready = tuple(m for m in ready if self._options.admits(m.metadata))
        if self._tried:
            known = {a.worker for a in self._tried}
            ready = tuple(m for m in ready if m.metadata.uid not in known)
        if not ready:
            raise self._none_left()
        return self._proxy.balancer.pick(ready)

    def _none_left(self) -> NoWorkersAvailable:
        known = {a.worker for a in self._tried}
        others = [a for a in attempts(self._proxy.members) if a.worker not in known]
        if not self._tried and self._options.is_selective:
            wanted = self._options.worker or f"tags {sorted(self._options.tags)}"
            return NoWorkersAvailable(f"no worker in the pool matches {wanted}", others)
        return NoWorkersAvailable("no worker took the task", [*self._tried, *others])


async def run_call(
    proxy: Proxy,
    fn: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    options: DispatchOptions,
) -> object:
    """Run a coroutine function on a worker and return its result, or raise its exception."""
    if options.timeout is not None:
        async with asyncio.timeout(options.timeout):
            return await _run_call(proxy, fn, args, kwargs, options)
    return await _run_call(proxy, fn, args, kwargs, options)


async def _run_call(
    proxy: Proxy,
    fn: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    options: DispatchOptions,
) -> object:
    caller = proxy.caller()
    order = order_for(caller, fn, args, kwargs, options, stream=False)
    placement = Placement(proxy, order, options)
    while True:
        call = await placement.submit(caller)
        if order.dispatch_timeout is not None:
            await accepted(call, placement)
        try:
            while call.end is None:
                await call.more()
        except asyncio.CancelledError:
            # An end that is here already has crossed the cancellation.
            if call.end is not None or not await call.cancel():
                raise
        end = cast(Heard, call.end)
        if type(end) is f.Returned:
            return await opened(end.value)
        if not placement.failed(end):
            await fail(end, cast(Peer, placement.member))


async def accepted(call: Call, placement: Placement) -> None:
    """
    Wait until *call* is accepted, has ended, or its dispatch timeout is over.

    Raises:
        WorkerLost: the worker neither accepted nor refused in time.
    """
    try:
        async with asyncio.timeout(placement.remaining()):
            while call.end is None and not call.accepted:
                await call.more()
        return
    except asyncio.CancelledError:
        if call.end is None:
            await call.cancel()
        raise
    except TimeoutError:
        await call.cancel()
    if call.end is None or type(call.end) is f.Cancelled:
        member = cast(Peer, placement.member).metadata
        raise WorkerLost(
            member.uid, member.address, "it did not accept the task within dispatch_timeout"
        )


async def opened(payload: f.Payload) -> object:
    """Return the value in *payload*; a large one is read in a thread as it arrives."""
    if type(payload) is bytes:
        return load(payload)
    assert isinstance(payload, Inbound)
    try:
        return await asyncio.get_running_loop().run_in_executor(None, payload.load)
    except asyncio.CancelledError:
        payload.fail(WoolError("nobody waits for the value any more"))
        raise


async def fail(end: Heard, member: Peer) -> None:
    """Raise what *end* says."""
    if isinstance(end, f.Raised):
        error = revive(await opened(end.error))
        try:
            raise error
        finally:
            del error  # an exception that holds its own frame is freed late
    if isinstance(end, f.Cancelled):
        raise asyncio.CancelledError(f"the routine was cancelled on {member.metadata.address}")
    if isinstance(end, Lost):
        raise WorkerLost(member.metadata.uid, member.metadata.address, end.reason)
    raise ProtocolViolation(f"a task ended with {type(end).__name__}")
