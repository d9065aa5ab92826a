"""Let others watch what becomes of the tasks that this process has workers run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol
from weakref import WeakValueDictionary

from wool_common.frames import Payload, payload_size

if TYPE_CHECKING:
    import grpc.aio

    from wool_common.metadata import WorkerMetadata
    from wool_common.pool_watching import WatchedPool
    from wool_common.run_watching import RunWatch

Outcome = Literal["returned", "raised", "refused", "lost", "cancelled"]
"""How a dispatch ended; `refused` where no worker took the task."""

OUTCOMES: Final[tuple[Outcome, ...]] = ("returned", "raised", "refused", "lost", "cancelled")

Failure = Literal["refused", "unreached", "lost"]
"""What became of an attempt to have a worker take a task, where it did not end there."""


UNTOLD: Final = -1.0
"""Stands for how long a routine ran, until the worker tells."""


class Dispatch:
    """
    One dispatch as far as it has come, all of it on its caller's loop.

    *begun*, *made*, *sent* and *ended* are moments of `time.perf_counter`, *sent* that of the
    last attempt; *reading* and *ran* are seconds, *ran* as the worker says. *failures* are
    attempts that came to nothing; *worker* is where it was sent last, *outcome* None until it
    is over. *error* is what it ended in, while listeners are told so; *trace* what the one
    listener that traces has put there.

    Those who dispatch set the attributes that change in good order: a call for each costs
    0.1 us, see benchmarks/metered.
    """

    __slots__ = (
        *("_failure", "_mark", "_picked", "begun", "ended", "error", "failures", "key"),
        *("listener", "made", "outcome", "ran", "reading", "received_bytes", "sent"),
        *("sent_bytes", "tag", "trace", "worker"),
    )

    def __init__(self, listener: Listener, begun: float, tag: str, key: bytes, size: int) -> None:
        self.listener = listener
        self.tag = tag
        self.key = key
        self.sent_bytes = size
        self.begun = begun
        self.sent = self.ended = self.reading = self._mark = self._picked = 0.0
        self.ran = UNTOLD
        self.failures = self.received_bytes = 0
        self.outcome: Outcome | None = None
        self.worker: WorkerMetadata | None = None
        self.error: BaseException | None = None
        self.trace: Traced | None = None
        self._failure: Failure | None = None
        self.made = perf_counter()

    @property
    def attempts(self) -> int:
        """How often it was sent to a worker."""
        return self.failures + (self.sent > self._mark)

    @property
    def failure(self) -> Failure | None:
        """What became of the last attempt, None where the worker has the task or had it."""
        return None if self.sent > self._mark else self._failure

    @property
    def is_answered(self) -> bool:
        """True once the routine has ended and the worker has said so."""
        return self.ran != UNTOLD

    def failed(self, failure: Failure, reason: str) -> None:
        """Note that this attempt has come to nothing."""
        self._picked += self.sent - (self._mark or self.made)
        self._mark = perf_counter()
        self.failures += 1
        self._failure = failure
        self.listener.failed(self, failure, reason)

    def received(self, size: int, seconds: float) -> None:
        """Note that a value of so many bytes was unpickled."""
        self.received_bytes = size
        self.reading += seconds

    def resumed(self) -> None:
        """Note that a generator is resumed, by whoever does so here."""
        if self.listener.hears_steps:
            self.listener.resumed(self)

    def over(
        self,
        outcome: Outcome,
        worker: WorkerMetadata | None,
        error: BaseException | None = None,
    ) -> None:
        """Note the end; one that was noted before stays."""
        if self.outcome is None:
            self.ended = perf_counter()
            self.outcome = outcome
            self.worker = worker
            self.error = error
            self.listener.ended(self)
            self.error = None  # or its frames would be kept until the dispatch is counted

    def returned(self, value: Payload, since: float, worker: WorkerMetadata) -> None:
        """Note the end of a call, the *value* of which was unpickled *since* that moment."""
        self.ended = now = perf_counter()
        self.reading = now - since
        self.received_bytes = len(value) if type(value) is bytes else payload_size(value)
        self.outcome = "returned"
        self.worker = worker
        self.listener.ended(self)

    def phases(self) -> Phases:
        """Return how long each phase took, once it is over."""
        return Phases(*self.row()[4:])

    def row(self) -> Row:
        """Return all that counts of it, once it is over."""
        begun, made, ended, mark, sent = self.begun, self.made, self.ended, self._mark, self.sent
        is_sent = sent > mark
        # While none was chosen, one was sought.
        picking = self._picked + (sent if is_sent else ended) - (mark or made)
        reading, ran = self.reading, self.ran if self.ran > 0.0 else 0.0
        wait = ended - made - picking - reading - ran
        if wait < 0.0:  # clocks differ
            ran, wait = max(ran + wait, 0.0), 0.0
        return (
            self.outcome or "cancelled",
            is_sent,
            self.sent_bytes,
            self.received_bytes,
            picking,
            made - begun,
            wait,
            ran,
            reading,
            ended - begun,
        )


Row = tuple[Outcome, int, int, int, float, float, float, float, float, float]
"""How a dispatch ended, attempts taken, bytes sent and received, and the phases."""


class Phases(NamedTuple):
    """
    How long each part of a dispatch took, in seconds.

    *wait* is what is neither of the others: the way there and back, and the queues.
    """

    pick: float
    serialize: float
    wait: float
    run: float
    deserialize: float
    total: float


class Traced(Protocol):
    """What one dispatch is in a trace."""

    @property
    def ids(self) -> tuple[str, str] | None:
        """The trace and the span in hexadecimal digits, None where neither is kept."""
        ...


class Listener(Protocol):
    """Hears of dispatches, on whichever loop and thread they are; must be quick."""

    @property
    def hears_begin(self) -> bool:
        """Whether `begun` is to be called."""
        ...

    @property
    def hears_steps(self) -> bool:
        """Whether `resumed` is to be called."""
        ...

    def begun(self, dispatch: Dispatch, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return what travels along, *headers* or more."""
        ...

    def failed(self, dispatch: Dispatch, failure: Failure, reason: str) -> None: ...

    def resumed(self, dispatch: Dispatch) -> None: ...

    def ended(self, dispatch: Dispatch) -> None: ...


class Several:
    """Listeners that hear of the same, one after the other."""

    def __init__(self, listeners: tuple[Listener, ...]) -> None:
        self._listeners = listeners
        self.hears_begin = any(listener.hears_begin for listener in listeners)
        self.hears_steps = any(listener.hears_steps for listener in listeners)

    def begun(self, dispatch: Dispatch, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Tell each that wants to hear."""
        for listener in self._listeners:
            if listener.hears_begin:
                headers = listener.begun(dispatch, headers)
        return headers

    def failed(self, dispatch: Dispatch, failure: Failure, reason: str) -> None:
        """Tell each."""
        for listener in self._listeners:
            listener.failed(dispatch, failure, reason)

    def resumed(self, dispatch: Dispatch) -> None:
        """Tell each that wants to hear."""
        for listener in self._listeners:
            if listener.hears_steps:
                listener.resumed(dispatch)

    def ended(self, dispatch: Dispatch) -> None:
        """Tell each."""
        for listener in self._listeners:
            listener.ended(dispatch)


class Watching:
    """
    Who watches this process; where nobody does, dispatches see a None and go on.

    *pools* are those that are open. *metered* is put around each new channel. *runs* hear of
    the tasks that run here, where this is a worker.
    """

    def __init__(self) -> None:
        self.listener: Listener | None = None
        self.pools: WeakValueDictionary[int, WatchedPool] = WeakValueDictionary()
        self.metered: Callable[[grpc.aio.Channel], grpc.aio.Channel] | None = None
        self.runs: tuple[RunWatch, ...] = ()
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.Lock()

    def add(self, listener: Listener) -> None:
        """Have *listener* hear of every dispatch that begins from now on."""
        with self._lock:
            self._put((*self._listeners, listener))

    def drop(self, listener: Listener) -> None:
        """Let *listener* hear of no dispatch that begins from now on."""
        with self._lock:
            self._put(tuple(one for one in self._listeners if one is not listener))

    def add_runs(self, watch: RunWatch) -> None:
        """Have *watch* hear of every task that begins to run from now on."""
        with self._lock:
            self.runs = (*self.runs, watch)

    def drop_runs(self, watch: RunWatch) -> None:
        """Let *watch* hear of no task that begins to run from now on."""
        with self._lock:
            self.runs = tuple(one for one in self.runs if one is not watch)

    def _put(self, listeners: tuple[Listener, ...]) -> None:
        self._listeners = listeners
        several = len(listeners) > 1
        self.listener = Several(listeners) if several else listeners[0] if listeners else None


WATCHING: Final = Watching()
"""The one place where a process is watched: whoever dispatches must find it at once."""
