"""One attempt to run a task on one worker, as its caller sees it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from wool_common import frames as f
from wool_common.conversation import ENDS, Phase
from wool_common.loops import Handover
from wool_common.pickling.callables import CallableCache, Definition
from wool_common.watching import Dispatch, Failure

CANCEL_NOTICE: Final = 0.25
"""Seconds in which a worker must say that a cancellation was delivered."""

CANCEL_LIMIT: Final = 60.0
"""Seconds a caller waits for a cancelled routine that cleans up."""


class Lost(NamedTuple):
    """Stands in for an end that will not come: the task may or may not have run."""

    task: int
    reason: str


class NotStarted(NamedTuple):
    """Stands in for an end: the task provably did not start."""

    task: int
    reason: str


Command = f.Next | f.Send | f.Throw | f.Close | f.Cancel
Heard = f.WorkerFrame | Lost | NotStarted
FINAL: Final[frozenset[type[Any]]] = ENDS | {f.Refused, Lost, NotStarted}
FAILURES: Final[Mapping[type[Any], Failure]] = {
    f.Refused: "refused",
    NotStarted: "unreached",
    Lost: "lost",
}
"""What an end means for who watches; any other is an answer of the routine."""


class Order(NamedTuple):
    """What is to be run; the same for every attempt."""

    id: bytes
    definition: Definition
    arguments: f.Payload
    caller: bytes
    timeout: float | None
    dispatch_timeout: float | None
    stream: bool
    headers: Mapping[str, str]
    watched: Dispatch | None = None
    """What notes how it goes, where somebody wants to know."""


class Line(Protocol):
    """A session, as a call needs it."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...

    def say_for(self, call: Call, kind: type[Command], *rest: Any) -> None: ...

    def do(self, errand: Callable[[], None]) -> None: ...


class Caller:
    """What belongs to one event loop that calls routines of one pool."""

    __slots__ = ("cache", "loop", "mail")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.cache = CallableCache()
        self.mail: Handover[tuple[Call, Heard]] = Handover(loop, _read)


def _read(letter: tuple[Call, Heard]) -> None:
    call, frame = letter
    call.hear(frame)


class Call:
    """
    One attempt to run a task on one worker.

    *number*, *phase*, *owed* and *line* belong to the session's loop; the rest to the
    caller's. *owed* counts the answers that were asked for and have not come.
    """

    __slots__ = (
        "_waiter",
        "accepted",
        "caller",
        "cancelling",
        "end",
        "heard",
        "line",
        "number",
        "on_end",
        "order",
        "owed",
        "phase",
    )

    def __init__(self, order: Order, caller: Caller) -> None:
        self.order = order
        self.caller = caller
        self.number = 0
        self.phase = Phase.ENDED
        self.owed = 0
        self.line: Line | None = None
        self.end: Heard | None = None
        self.accepted = False
        self.cancelling = False
        self.heard: deque[f.Yielded] = deque()
        self.on_end: Callable[[], None] | None = None
        """Called once, on the session's loop, when the task is over, whoever still waits."""
        self._waiter: asyncio.Future[None] | None = None

    def deliver(self, frame: Heard, loop: asyncio.AbstractEventLoop) -> None:
        """Bring *frame* to the caller from the session's *loop*."""
        if self.on_end is not None and type(frame) in FINAL:
            on_end, self.on_end = self.on_end, None
            on_end()
        if loop is self.caller.loop:
            self.hear(frame)
        else:
            self.caller.mail.put((self, frame))

    def hear(self, frame: Heard) -> None:
        """Take in *frame*, on the caller's loop; nothing counts after the end."""
        if self.end is not None:
            return
        kind = type(frame)
        if kind in FINAL:
            self.end = frame
            watched = self.order.watched
            if watched is not None:
                end: Any = frame
                if kind not in FAILURES:
                    watched.ran = end.seconds
                else:
                    watched.failed(FAILURES[kind], end.reason)
        elif kind is f.Yielded:
            self.heard.append(frame)  # pyright: ignore[reportArgumentType]
            self.accepted = True
        elif kind is f.Accepted:
            self.accepted = True
        elif kind is f.Cancelling:
            self.cancelling = True
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def more(self) -> None:
        """Wait until something more has been heard."""
        self._waiter = self.caller.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def say(self, kind: type[Command], *rest: Any) -> None:
        """Say a frame of *kind* with *rest* about this task; on the caller's loop."""
        line = self.line
        if line is None:
            return
        if line.loop is self.caller.loop:
            line.say_for(self, kind, *rest)
        else:
            line.do(lambda: line.say_for(self, kind, *rest))

    async def cancel(self) -> bool:
        """
        Cancel the task and wait for what comes of it.

        Return True where the routine itself decided the outcome, and the caller should
        have what it answered; False where the call is simply cancelled. A second
        cancellation while waiting is passed on to the routine, as it would be locally.
        """
        self.cancelling = False
        limit = CANCEL_NOTICE
        while True:
            self.say(f.Cancel)
            try:
                async with asyncio.timeout(limit):
                    await self._until(lambda: self.cancelling or self._is_settled())
                if not self.cancelling:
                    return False  # what came had crossed the cancellation on the wire
                limit = CANCEL_LIMIT
                async with asyncio.timeout(limit):
                    await self._until(self._is_settled)
            except asyncio.CancelledError:
                continue
            except TimeoutError:
                return False
            return self.cancelling and type(self.end) not in (f.Cancelled, Lost)

    def _is_settled(self) -> bool:
        return self.end is not None or bool(self.heard)

    async def _until(self, told: Callable[[], bool]) -> None:
        while not told():
            await self.more()
