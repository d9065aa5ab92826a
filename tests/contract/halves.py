"""Both halves of a session without a network, on a loop whose clock is the test's."""

from __future__ import annotations

import asyncio
import os
import pickle
import selectors
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Generic, TypeVar

from wool.runtime.worker.calls import FINAL, Call, Caller, Heard, Order
from wool.runtime.worker.session import POOL
from wool.runtime.worker.session import Session as ClientSession
from wool_common import frames as f
from wool_common.backpressure import BackpressureLike
from wool_common.loops import Handover
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.pickling.callables import Definition
from wool_common.pickling.values import Parcel
from wool_common.surroundings import Loopback, Surroundings
from wool_worker.admission import Admission
from wool_worker.docket import Docket
from wool_worker.executor import Errand, Executor
from wool_worker.pools import Pool, Pools
from wool_worker.session import Session as WorkerSession
from wool_worker.values import Reader

T = TypeVar("T")

Delay = Callable[[], float]
"""How long the next step of anything takes, in seconds."""

DEADLOCK_SECONDS = 10.0


def at_once() -> float:
    """Take no time."""
    return 0.0


def at_random(random: Random) -> Delay:
    """Return delays among which each frame, errand and answer may overtake those of others."""
    return lambda: random.choice((0.0, 0.0, 0.0, 0.0001, 0.0015, 0.004, 0.02, 0.3))


class JumpingSelector(selectors.DefaultSelector):
    """Waits for nothing: where a loop would sleep, its clock jumps."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready."""
        if timeout is None:
            ready = super().select(DEADLOCK_SECONDS)
            assert ready, "everybody waits for somebody else"
            return ready
        ready = super().select(0)
        if not ready:
            self.now += max(timeout, 0)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never sleeps: its clock jumps to the next timer when nothing else is to be done."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)
        self.complaints: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.complaints.append(context))

    def time(self) -> float:
        """Return the test's own time."""
        return self._jumping.now

    def run(self, main: Callable[[], Coroutine[Any, Any, None]]) -> list[dict[str, Any]]:
        """Run *main* and close; return what the loop had to complain of."""
        with asyncio.Runner(loop_factory=lambda: self) as runner:
            runner.run(main())
        return self.complaints


class Lane(Generic[T]):
    """Carries things one way, in order, each after a delay of its own."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, deliver: Callable[[T], object], delay: Delay
    ) -> None:
        self._loop = loop
        self._deliver = deliver
        self._delay = delay
        self._under_way: deque[T] = deque()
        self._last = 0.0
        self._held = 0
        self.is_held = False
        self.carried: list[T] = []
        self.is_cut = False

    def put(self, thing: T) -> None:
        """Send *thing* on its way."""
        if self.is_cut:
            return
        self.carried.append(thing)
        self._under_way.append(thing)
        self._last = max(self._last, self._loop.time() + self._delay())
        self._loop.call_at(self._last, self._arrive)

    def hold(self) -> None:
        """Let nothing arrive."""
        self.is_held = True

    def let_go(self) -> None:
        """Let everything arrive that was held up."""
        self.is_held = False
        held, self._held = self._held, 0
        for _ in range(held):
            self._arrive()

    def _arrive(self) -> None:
        if self.is_held:
            self._held += 1
            return
        thing = self._under_way.popleft()
        if not self.is_cut:
            self._deliver(thing)


class EmptyScope:
    """A pool on a worker that puts nothing around its runs."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """Add nothing."""
        yield

    async def aclose(self) -> None:
        """Close nothing."""


class LateExecutor(Executor):
    """Runs routines on the test's loop, each errand after a delay, as if it were busy."""

    def __init__(self, loop: asyncio.AbstractEventLoop, delay: Delay) -> None:
        super().__init__(lambda: loop)
        self.lane: Lane[Errand] = Lane(loop, lambda errand: errand(), delay)

    def do(self, errand: Errand) -> None:
        """Run *errand* in its turn."""
        self.lane.put(errand)


class IdleExecutor(Executor):
    """Runs nothing: a test says itself what comes of the tasks."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(lambda: loop)

    def do(self, errand: Errand) -> None:
        """Leave *errand* undone."""


class WorkerHalf:
    """A worker with one session."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        say: Callable[[f.WorkerFrame], None],
        *,
        executor: Executor,
        hook: BackpressureLike | None = None,
        delay: Delay = at_once,
    ) -> None:
        self.worker = WorkerMetadata(uid=WorkerId("w-1"), address="nowhere")
        self.home = loop
        self.credentials = None
        self.docket = Docket(loop.time)
        self.admission = Admission(self.docket, hook, loop)
        self.executor = executor
        self.threads = ThreadPoolExecutor(max_workers=4)
        self.reader = Reader(self.threads)
        self.pools = Pools(self)
        post: Lane[f.WorkerFrame] = Lane(loop, lambda frame: self.session.tell(frame), delay)
        self.session = WorkerSession(
            self, pools=self.pools, loop=loop, say=say, post=post.put, forget=self._forget
        )
        self.forgotten: list[f.Payload] = []

    def loopback(self, pool: Pool, say: Callable[[f.WorkerFrame], None]) -> Loopback:
        """Refuse: no routine here calls another."""
        raise NotImplementedError

    def _forget(self, payload: f.Payload) -> None:
        self.forgotten.append(payload)


class LaneWire:
    """The client's side of two lanes."""

    congested = False

    def __init__(self, say: Callable[[f.ClientFrame], None]) -> None:
        self._say = say
        self.abandoned: list[Parcel] = []
        self.finished = False

    def say(self, frame: f.ClientFrame) -> None:
        """Send *frame* on its way."""
        self._say(frame)

    def abandon(self, parcel: Parcel) -> None:
        """Note that *parcel* need not be sent."""
        self.abandoned.append(parcel)

    def unsaid(self) -> list[f.Frame]:
        """Return nothing: a lane takes everything at once."""
        return []

    def finish(self) -> None:
        """Note that the client has nothing more to say."""
        self.finished = True

    async def room(self) -> None:
        """Return: nothing waits."""


class HeardCall(Call):
    """A call that remembers all it has heard."""

    __slots__ = ("all_heard",)

    def __init__(self, order: Order, caller: Caller) -> None:
        super().__init__(order, caller)
        self.all_heard: list[Heard] = []

    def hear(self, frame: Heard) -> None:
        """Remember *frame*."""
        self.all_heard.append(frame)
        super().hear(frame)

    @property
    def ends(self) -> list[Heard]:
        """What was heard as an end."""
        return [frame for frame in self.all_heard if type(frame) in FINAL]


def definition(fn: Callable[..., object]) -> Definition:
    """Return *fn* ready to be sent, by its name."""
    name = fn.__qualname__
    return Definition(digest=name.encode(), payload=pickle.dumps(fn), tag=name, by_value=False)


def order(fn: Callable[..., object], *args: object, stream: bool = False) -> Order:
    """Return a wish to run *fn*."""
    arguments = pickle.dumps((args, {}))
    return Order(
        os.urandom(16), definition(fn), arguments, b"", None, None, stream, f.NO_HEADERS
    )


def opening() -> f.OpenPool:
    """Return the frame that opens a pool with nothing in it."""
    return f.OpenPool(POOL, "pool", pickle.dumps(EmptyScope), f.Roster(1, ()))


def leftovers(half: object, *, keeps: frozenset[str]) -> dict[str, object]:
    """Return what *half* still holds in its tables, but for those that may stay filled."""
    tables = {name: x for name, x in vars(half).items() if isinstance(x, dict | list | set | deque)}
    return {name: table for name, table in tables.items() if table and name not in keeps}


class Halves:
    """A client and a worker that talk over two lanes."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        delay: Delay = at_once,
        *,
        hook: BackpressureLike | None = None,
    ) -> None:
        self.caller = Caller(loop)
        self.to_worker: Lane[f.ClientFrame] = Lane(loop, self._worker_hears, delay)
        self.to_client: Lane[f.WorkerFrame] = Lane(loop, self._client_hears, delay)
        self.errands = LateExecutor(loop, delay)
        self.worker = WorkerHalf(
            loop, self.to_client.put, executor=self.errands, hook=hook, delay=delay
        )
        self.wire = LaneWire(self.to_worker.put)
        self.client = ClientSession(loop, self.wire)
        self.blames: list[Exception] = []
        self.to_worker.put(opening())
        self.client.welcome()

    def submit(self, fn: Callable[..., object], *args: object, stream: bool = False) -> HeardCall:
        """Send a task."""
        call = HeardCall(order(fn, *args, stream=stream), self.caller)
        self.client.submit(call)
        return call

    def cut(self) -> None:
        """Lose the connection."""
        self.to_worker.is_cut = self.to_client.is_cut = True
        self.client.close("the connection was cut")
        self.worker.session.close()

    def close(self) -> None:
        """End what the loop does not."""
        self.worker.threads.shutdown()

    def _worker_hears(self, frame: f.ClientFrame) -> None:
        try:
            self.worker.session.receive(frame)
        except Exception as exc:
            self.blames.append(exc)

    def _client_hears(self, frame: f.WorkerFrame) -> None:
        try:
            self.client.receive(frame)
        except Exception as exc:
            self.blames.append(exc)
