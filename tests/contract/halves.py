"""Both halves of a session without a network between."""

from __future__ import annotations

import asyncio
import os
import pickle
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import cast

from virtual_time import Delay, Lane, at_once

from wool.runtime.worker.calls import FINAL, Call, Caller, Heard, Order
from wool.runtime.worker.session import POOL
from wool.runtime.worker.session import Session as ClientSession
from wool_common import frames as f
from wool_common.backpressure import BackpressureLike
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.pickling.callables import Definition
from wool_common.pickling.values import Parcel, dump
from wool_common.surroundings import Loopback, Surroundings
from wool_worker.admission import Admission
from wool_worker.docket import Docket
from wool_worker.executor import Errand, Executor
from wool_worker.pools import Pool, Pools
from wool_worker.session import Session as WorkerSession
from wool_worker.values import Reader

LastWord = f.Refused | f.Returned | f.Raised | f.Cancelled


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
        main: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.worker = WorkerMetadata(uid=WorkerId("w-1"), address="nowhere")
        self.home = loop
        self.credentials = None
        self.docket = Docket(loop.time)
        self.admission = Admission(self.docket, hook, main or loop)
        self.executor = executor
        self.threads = ThreadPoolExecutor(max_workers=4)
        self.reader = Reader(self.threads)
        self.pools = Pools(self)
        post: Lane[f.WorkerFrame] = Lane(loop, self._tell, delay)
        self.session = WorkerSession(
            self,
            pools=self.pools,
            loop=loop,
            say=lambda frame, alone=False: say(frame),
            post=post.put,
            forget=self._forget,
        )
        self.forgotten: list[f.Payload] = []

    def loopback(self, pool: Pool, say: Callable[[f.WorkerFrame], None]) -> Loopback:
        """Refuse: no routine here calls another."""
        raise NotImplementedError

    def _tell(self, frame: f.WorkerFrame) -> None:
        self.session.tell(frame)

    def _forget(self, payload: f.Payload) -> None:
        self.forgotten.append(payload)


class LaneWire:
    """The client's side of two lanes."""

    congested = False

    def __init__(self, say: Callable[[f.ClientFrame], None]) -> None:
        self._say = say
        self.abandoned: list[Parcel] = []
        self.finished = False

    def say(self, frame: f.ClientFrame, *, alone: bool = False) -> None:
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


def pickled(*args: object) -> f.Payload:
    """Return the arguments of a call."""
    kwargs: dict[str, object] = {}
    return dump((args, kwargs), root="call")


def order(fn: Callable[..., object], *args: object, stream: bool = False) -> Order:
    """Return a wish to run *fn*."""
    arguments = pickled(*args)
    return Order(os.urandom(16), definition(fn), arguments, b"", None, None, stream, f.NO_HEADERS)


def opening() -> f.OpenPool:
    """Return the frame that opens a pool with nothing in it."""
    return f.OpenPool(POOL, "pool", pickle.dumps(EmptyScope), f.Roster(1, ()))


def leftovers(half: object, *, keeps: frozenset[str]) -> dict[str, object]:
    """Return what *half* still holds in its tables, but for those that may stay filled."""
    tables = {
        name: cast("Collection[object]", table)
        for name, table in vars(half).items()
        if isinstance(table, dict | list | set | deque) and name not in keeps
    }
    return {name: table for name, table in tables.items() if table}


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

    def last_words(self) -> list[LastWord]:
        """Return every end that the worker has said."""
        return [x for x in self.to_client.carried if isinstance(x, LastWord)]

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
        except Exception as exc:  # noqa: BLE001 - the test looks at them
            self.blames.append(exc)

    def _client_hears(self, frame: f.WorkerFrame) -> None:
        try:
            self.client.receive(frame)
        except Exception as exc:  # noqa: BLE001 - the test looks at them
            self.blames.append(exc)
