"""The client's half of one session."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any, Final, Protocol

from wool.runtime.worker.calls import Call, Command, Lost, NotStarted
from wool_common import frames as f
from wool_common.conversation import Phase, advance, opening
from wool_common.errors import ProtocolViolation
from wool_common.loops import Handover
from wool_common.metadata import WorkerMetadata
from wool_common.pickling.values import Parcel

POOL: Final = 1
"""A session serves one pool, so its number in the session is always the same."""

OPENING: Final[frozenset[type[f.WorkerFrame]]] = frozenset({f.Welcome, f.Turned})
"""What is said once, before everything else."""

DEFINITIONS: Final = 1024
"""How many callables a session remembers; the least used slot is defined anew."""


class Wire(Protocol):
    """What carries frames to the worker."""

    def say(self, frame: f.ClientFrame, *, alone: bool = False) -> None: ...

    def abandon(self, parcel: Parcel) -> None: ...

    def unsaid(self) -> list[f.Frame]: ...

    def finish(self) -> None: ...

    @property
    def congested(self) -> bool: ...

    async def room(self) -> None: ...


class Session:
    """
    The client's half of one session; lives on *loop*.

    Tasks begun before the worker's Welcome are held back, so that a worker which cannot
    be reached, or turns the client away, provably started none of them.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        wire: Wire,
        changed: Callable[[], None] = lambda: None,
        *,
        refused: Callable[[f.Refused], None] = lambda frame: None,
        reported: Callable[[f.Load], None] = lambda load: None,
        busied: Callable[[], None] = lambda: None,
    ) -> None:
        self.loop = loop
        self._changed = changed
        self._refused = refused
        self._reported = reported
        self._busied = busied
        self.load = f.Load(0, 0)
        self.draining = False
        self.worker: WorkerMetadata | None = None
        """Who is at the other end, for those who watch."""
        self.proved = False  # True once a task has come to an end of its own here
        self.heard = 0  # how many frames have come
        self._wire = wire
        self._calls: dict[int, Call] = {}
        self._slots: OrderedDict[bytes, int] = OrderedDict()
        self._held: list[f.ClientFrame] = []
        self._last_task = 0
        self._open = False
        self._over: str | None = None
        self._watched: asyncio.Event | None = None
        self._emptied: asyncio.Event = asyncio.Event()
        self._emptied.set()
        self._mail: Handover[Callable[[], None]] = Handover(loop, lambda errand: errand())

    @property
    def active(self) -> int:
        """Tasks begun by this session that have not ended."""
        return len(self._calls)

    @property
    def begun(self) -> int:
        """How many tasks were begun by this session."""
        return self._last_task

    @property
    def congested(self) -> bool:
        """True while new calls should wait for `room`."""
        return self._wire.congested

    async def room(self) -> None:
        """Wait, on any loop, until what waits to be said is less than the high-water mark."""
        if asyncio.get_running_loop() is self.loop:
            await self._wire.room()
        else:
            there = asyncio.run_coroutine_threadsafe(self._wire.room(), self.loop)
            await asyncio.wrap_future(there)

    @property
    def calls(self) -> Iterable[Call]:
        """The calls under way, oldest first."""
        return self._calls.values()

    async def emptied(self) -> None:
        """Return once no call is under way."""
        await self._emptied.wait()

    # ── what callers say ──────────────────────────────────────────────────────

    def do(self, errand: Callable[[], None]) -> None:
        """Run *errand* on this session's loop; callable from any thread."""
        self._mail.put(errand)

    def submit(self, call: Call) -> None:
        """Begin *call*; callable from any thread."""
        call.line = self
        if call.order.watched is not None:
            call.order.watched.worker = self.worker
            call.order.watched.sent = perf_counter()
        if call.caller.loop is self.loop:
            self.begin(call)
        elif not self._mail.put(lambda: self.begin(call)):
            call.deliver(NotStarted(0, "the pool's event loop was closed"), call.caller.loop)

    def begin(self, call: Call) -> None:
        """Begin *call*, on this session's loop."""
        if self._over is not None or self.draining:
            call.deliver(NotStarted(0, self._over or "the worker is draining"), self.loop)
            return

        order = call.order
        slot = self._slots.get(order.definition.digest)
        if slot is None:
            slot = self._define(call)
        else:
            self._slots.move_to_end(order.definition.digest)
        self._last_task = number = self._last_task + 1
        call.number = number
        start = f.Start(
            number,
            order.id,
            slot,
            POOL,
            order.arguments,
            order.caller,
            order.timeout,
            order.dispatch_timeout,
            order.stream,
            order.headers,
            order.watched is not None,
        )
        call.phase = opening(start)
        call.owed = 0 if order.stream else 1
        calls = self._calls
        if not calls:
            self._busied()
        calls[number] = call
        self._emptied.clear()
        # A generator's first command follows at once.
        self._say(start, alone=len(calls) == 1 and not order.stream)

    def say_for(self, call: Call, kind: type[Command], *rest: Any) -> None:
        """Say a frame of *kind* about *call*, unless it has ended."""
        if self._calls.get(call.number) is not call:
            return
        frame = kind(call.number, *rest)
        call.phase = advance(call.phase, frame)
        if kind is not f.Cancel:
            call.owed += frame.credit if isinstance(frame, f.Next) else 1
        if kind is f.Cancel and isinstance(call.order.arguments, Parcel):
            self._wire.abandon(call.order.arguments)
        self._say(frame, alone=len(self._calls) == 1)

    def change_roster(self, change: f.RosterChange) -> None:
        """Pass on who came to the pool or left it."""
        if self._over is None:
            self._say(change)

    def _define(self, call: Call) -> int:
        definition = call.order.definition
        if len(self._slots) < DEFINITIONS:
            slot = len(self._slots) + 1
        else:
            _, slot = self._slots.popitem(last=False)
        self._slots[definition.digest] = slot
        self._say(f.Define(slot, definition.payload, definition.tag))
        return slot

    def _say(self, frame: f.ClientFrame, *, alone: bool = False) -> None:
        if self._open:
            self._wire.say(frame, alone=alone)
        else:
            self._held.append(frame)

    # ── what the worker says ──────────────────────────────────────────────────

    def welcome(self) -> None:
        """Say what was held back: the worker has accepted the session."""
        self._open = True
        held, self._held = self._held, []
        for frame in held:
            self._wire.say(frame)

    def receive(self, frame: Any) -> None:
        """
        Act on *frame*.

        Raises:
            ProtocolViolation: the worker broke the table; the session must end.
        """
        self.heard += 1
        kind: type[Any] = frame.__class__
        if kind is f.Load:
            self.load = frame
            self._reported(frame)
            return
        if kind is f.Draining:
            self.draining = True
            self._changed()
            self._finish_when_drained()
            return
        if kind in OPENING:
            raise ProtocolViolation(f"{kind.__name__} is not allowed in an open session")
        call = self._calls.get(frame.task)
        if call is None:
            raise ProtocolViolation(f"{kind.__name__} came for task {frame.task}, which has ended")
        call.phase = advance(call.phase, frame)
        if call.phase is Phase.ENDED:
            del self._calls[frame.task]
            if kind is f.Refused:
                # Before its caller hears of it, for whom the member may be out of use then.
                self._refused(frame)
            elif kind is not f.Cancelled:
                self.proved = True
            if not self._calls:
                self._emptied.set()
                self._finish_when_drained()
            if isinstance(call.order.arguments, Parcel):
                self._wire.abandon(call.order.arguments)
        elif kind is f.Yielded:
            call.owed -= 1
        if self._watched is not None and not self._is_owed():
            self._watched.set()
        call.deliver(frame, self.loop)

    async def quiet(self) -> None:
        """Return once the worker owes no answer; generators may wait to be resumed."""
        if self._is_owed():
            self._watched = asyncio.Event()
            await self._watched.wait()

    def shed(self, reason: str) -> None:
        """Close the generators nobody waits for; whoever resumes one hears that it is lost."""
        for call in tuple(self._calls.values()):
            if call.order.stream and not call.owed:
                self.say_for(call, f.Close)
                call.deliver(Lost(call.number, reason), self.loop)

    def cancel(self) -> None:
        """Cancel whatever runs."""
        for call in tuple(self._calls.values()):
            self.say_for(call, f.Cancel)

    def _is_owed(self) -> bool:
        return any(call.owed for call in self._calls.values())

    def _finish_when_drained(self) -> None:
        if self.draining and not self._calls:
            self._wire.finish()

    def close(self, reason: str) -> None:
        """
        End the session: every call hears what is known of it.

        A task whose Start was never handed to the transport did not start; any other
        task may have run.
        """
        if self._over is not None:
            return
        self._over = reason
        unsaid = {x.task for x in (*self._held, *self._wire.unsaid()) if isinstance(x, f.Start)}
        self._held.clear()
        calls, self._calls = self._calls, {}
        self._emptied.set()
        if self._watched is not None:
            self._watched.set()
        for number, call in calls.items():
            kind = NotStarted if number in unsaid else Lost
            call.deliver(kind(number, reason), self.loop)
