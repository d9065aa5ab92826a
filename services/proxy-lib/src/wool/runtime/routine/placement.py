"""Find a worker that takes one task: each attempt is made at most once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Protocol, cast

from wool.runtime.loadbalancer.picker import Picker
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.routine.ends import TOO_LARGE, rejection
from wool.runtime.routine.options import DispatchOptions
from wool.runtime.worker.calls import Call, Caller, Heard, NotStarted, Order
from wool.runtime.worker.gateway import Proxy
from wool.runtime.worker.peer import Peer
from wool.runtime.worker.seeking import Wish, none_left
from wool.runtime.worker.session import Session
from wool_common import frames as f
from wool_common.deadline import Deadline
from wool_common.errors import Attempt, NoWorkersAvailable, RpcError, WorkerLost
from wool_common.metadata import WorkerId


class Asked(Protocol):
    """An attempt, for those who wait until it is answered."""

    @property
    def member(self) -> Peer | None:
        """Where it was made."""
        ...

    def remaining(self) -> float | None:
        """Return the seconds left for being accepted, None without limit."""
        ...

    def unanswered(self) -> None:
        """Note that the worker was asked and has not answered."""
        ...


class Placement(Asked, Protocol):
    """The search for a worker that takes one task; its *member* is where it was sent last."""

    async def submit(self, caller: Caller) -> Call:
        """
        Send the task to a worker.

        Raises:
            NoWorkersAvailable: there is none; its `attempts` tell why.
        """
        ...

    def failed(self, end: Heard) -> bool:
        """Note why the attempt came to nothing; False where it did not."""
        ...


class Search:
    """What is known in the search for a worker that takes one task."""

    # Most searches end at the first attempt, and never need what is made later.
    member: Peer | None = None
    error: RpcError | None = None
    """Why the last attempt came to nothing."""
    _unreached: Mapping[WorkerId, Session | None] = MappingProxyType({})
    _deadline: Deadline | None = None
    _patience: Deadline | None = None

    def __init__(self, proxy: Proxy, order: Order, options: DispatchOptions) -> None:
        self._proxy = proxy
        self._order = order
        self._options = options
        self._tried: dict[WorkerId, Attempt] = {}
        if order.dispatch_timeout is not None:
            self._deadline = Deadline.after(order.dispatch_timeout)

    def remaining(self) -> float | None:
        """Return the seconds left for being accepted, None without limit."""
        return None if self._deadline is None else self._deadline.remaining()

    def unanswered(self) -> None:
        """Note that the worker was asked and has not answered."""
        if self.member is not None:
            self._proxy.strike(self.member.metadata.uid, "tasks are neither taken nor refused")

    def failed(self, end: Heard) -> bool:
        """Note why the attempt came to nothing; False where it did not."""
        if isinstance(end, f.Refused):
            if end.reason == TOO_LARGE:
                return False  # every worker would say so
            reason = f"refused ({end.reason}): {end.details}"
        elif isinstance(end, NotStarted):
            reason = end.reason
        else:
            return False
        member = cast(Peer, self.member)
        at = member.metadata
        self._tried[at.uid] = Attempt(worker=at.uid, address=at.address, reason=reason)
        self.error = rejection(end, member)
        if isinstance(end, NotStarted):
            self._unreached = {**self._unreached, at.uid: member.session}
        return True

    def admitted(self) -> tuple[Peer, ...]:
        """Return the ready members that may run the task, tried or not."""
        if self._options.is_selective:
            return self._proxy.narrowed(self._options)
        return self._proxy.ready

    def turned_down(self) -> Mapping[WorkerId, Attempt]:
        """Return the attempts that would come to nothing if they were made again."""
        if not self._unreached:
            return self._tried
        return {uid: attempt for uid, attempt in self._tried.items() if not self._is_back(uid)}

    async def wait(self) -> tuple[Peer, ...]:
        """
        Return the members that may run the task and have not been tried, once there are any.

        Raises:
            NoWorkersAvailable: there are none in time, or none can come.
        """
        try:
            return await self._proxy.some_ready(self._seconds(), self._wish())
        except NoWorkersAvailable as exc:
            raise exc from self.error

    def in_time(self) -> None:
        """Raise NoWorkersAvailable where the time for being accepted is over."""
        if self.remaining() == 0.0:
            raise self.given_up("no worker took the task within dispatch_timeout")

    def given_up(self, problem: str) -> NoWorkersAvailable:
        """Return the error that says *problem*, and what became of each attempt."""
        error = none_left(self._proxy, self._wish(), problem)
        error.__cause__ = self.error
        return error

    def _wish(self) -> Wish:
        tried, options = self.turned_down(), self._options
        if not options.is_selective:
            return Wish(tried=tried)
        return Wish(admitted=options.admits, wanted=options.words, tried=tried)

    def _seconds(self) -> float | None:
        """Return how long to wait for a worker, all waits of this search together."""
        if self._patience is None and self._proxy.quorum_timeout is not None:
            self._patience = Deadline.after(self._proxy.quorum_timeout)
        limits = [d.remaining() for d in (self._deadline, self._patience) if d is not None]
        return min(limits) if limits else None

    def _is_back(self, uid: WorkerId) -> bool:
        """Tell whether a worker that could not be reached then may be tried again."""
        if uid not in self._unreached:
            return False
        member = self._proxy.member(uid)
        return member is not None and (
            member.session is not self._unreached[uid] or not member.usable
        )


class Picking(Search):
    """The search where the balancer chooses at once."""

    def __init__(
        self,
        proxy: Proxy,
        order: Order,
        options: DispatchOptions,
        picker: Picker,
        task: PlacedTask | None,
    ) -> None:
        super().__init__(proxy, order, options)
        self._picker = picker
        self._task = task

    async def submit(self, caller: Caller) -> Call:
        """Send the task to the next worker that has not been tried."""
        proxy = self._proxy
        ready = self.admitted()
        if ready and not self._tried:
            member = self._picker.pick(ready, self._task)
        else:
            member = await self._seek()
        session = member.session
        assert session is not None
        follows = proxy.follows
        if session.congested:
            try:
                await session.room()
            except BaseException:
                if follows is not None:
                    follows.ended(member.metadata.uid)
                raise
        self.member = member
        call = Call(self._order, caller)
        if follows is not None:
            call.on_end = partial(follows.ended, member.metadata.uid)
        session.submit(call)
        return call

    async def _seek(self) -> Peer:
        self.in_time()
        ready = self.admitted()
        if ready:
            member = self._picker.pick_untried(ready, self.turned_down(), self._task)
            if member is not None:
                return member
        found = await self.wait()
        return self._picker.pick(found, self._task)


async def accepted(call: Call, placement: Asked) -> None:
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
        # A routine that has begun may decide itself what comes of it.
        if call.end is not None or not await call.cancel():
            raise
        return
    except TimeoutError:
        await call.cancel()
    if call.end is None or type(call.end) is f.Cancelled:
        placement.unanswered()
        member = cast(Peer, placement.member).metadata
        raise WorkerLost(
            member.uid, member.address, "it did not accept the task within dispatch_timeout"
        )
