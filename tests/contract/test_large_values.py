"""Large values around the beginning and the end of tasks."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator
from typing import Any

import contract_routines as routines
import pytest
from halves import (
    HeardCall,
    IdleExecutor,
    LaneWire,
    LateExecutor,
    WorkerHalf,
    opening,
    order,
    pickled,
)
from virtual_time import at_once

from wool.runtime.worker.calls import Caller
from wool.runtime.worker.session import POOL, Session
from wool_common import frames as f
from wool_common.backpressure import BackpressureContext, BackpressureLike
from wool_common.conversation import ENDS
from wool_common.errors import ProtocolViolation
from wool_common.pickling.values import Parcel, dump
from wool_common.transfers import landed

LARGE = bytes(1024 * 1024)
ALL_LAST_WORDS = [
    f.Refused(1, 8, "busy", "full"),
    f.Returned(1, b""),
    f.Raised(1, b""),
    f.Cancelled(1),
]


class Worker(WorkerHalf):
    """A worker on the test's own loop."""

    def __init__(self, *, idle: bool = False, hook: BackpressureLike | None = None) -> None:
        loop = asyncio.get_running_loop()
        executor = IdleExecutor(loop) if idle else LateExecutor(loop, at_once)
        self.said: asyncio.Queue[Any] = asyncio.Queue()
        super().__init__(loop, self.said.put_nowait, executor=executor, hook=hook)
        self.session.receive(opening())

    async def end(self) -> Any:
        """Return the next end that the worker says."""
        async with asyncio.timeout(30):
            while type(frame := await self.said.get()) not in (*ENDS, f.Refused):
                pass
        return frame


@pytest.fixture
async def workers() -> AsyncIterator[list[Worker]]:
    """Collect workers whose threads are to end with the test."""
    made: list[Worker] = []
    yield made
    for worker in made:
        worker.threads.shutdown()


def start(task: int, arguments: f.Payload) -> f.Start:
    """Return a request to run the first callable."""
    return landed(f.Start(task, bytes(16), 1, POOL, arguments))


async def test_a_large_callable_is_read_once_for_all_who_need_it(workers: list[Worker]) -> None:
    """Runs that begin together share the callable that is still arriving."""
    workers.append(worker := Worker())
    payload = dump(functools.partial(routines.length, LARGE))
    assert isinstance(payload, Parcel)
    worker.session.receive(landed(f.Define(1, payload, "length")))

    for task in range(1, 9):
        worker.session.receive(start(task, pickled()))
    ends = [await worker.end() for _ in range(8)]

    assert [type(end) for end in ends] == [f.Returned] * 8


async def test_a_cancelled_run_does_not_take_a_large_callable_from_the_others(
    workers: list[Worker],
) -> None:
    """Who comes after a run that was cancelled while it read still has the callable."""
    workers.append(worker := Worker())
    payload = dump(functools.partial(routines.length, LARGE))
    worker.session.receive(landed(f.Define(1, payload, "length")))

    worker.session.receive(start(1, pickled()))
    await asyncio.sleep(0)
    worker.session.receive(f.Cancel(1))
    worker.session.receive(start(2, pickled()))
    ends = [await worker.end(), await worker.end()]

    assert [type(end) for end in ends if end.task == 2] == [f.Returned]


async def test_large_arguments_of_a_refused_task_are_forgotten(workers: list[Worker]) -> None:
    """The client sends no more of them, so their place is given up."""
    workers.append(worker := Worker(hook=lambda context: True))
    worker.session.receive(f.Define(1, b"", "length"))
    request = start(1, pickled(LARGE))

    worker.session.receive(request)
    end = await worker.end()

    assert type(end) is f.Refused
    assert worker.forgotten == [request.arguments]


@pytest.mark.parametrize("last", ALL_LAST_WORDS[1:], ids=lambda frame: type(frame).__name__)
async def test_large_arguments_of_an_ended_task_are_forgotten(
    workers: list[Worker], last: f.WorkerFrame
) -> None:
    """A task may end before its arguments have all come, for instance where a module is missing."""
    workers.append(worker := Worker(idle=True))
    worker.session.receive(f.Define(1, b"", "length"))
    request = start(1, pickled(LARGE))
    worker.session.receive(request)

    worker.session.tell(last)

    assert worker.forgotten == [request.arguments]


async def test_large_arguments_of_a_cancelled_task_are_forgotten_once(
    workers: list[Worker],
) -> None:
    """A second Cancel and the end find nothing left to forget."""
    workers.append(worker := Worker(idle=True))
    worker.session.receive(f.Define(1, b"", "length"))
    request = start(1, pickled(LARGE))
    worker.session.receive(request)

    worker.session.receive(f.Cancel(1))
    worker.session.receive(f.Cancel(1))
    worker.session.tell(f.Cancelled(1))

    assert worker.forgotten == [request.arguments]


@pytest.mark.parametrize("last", ALL_LAST_WORDS, ids=lambda frame: type(frame).__name__)
async def test_a_client_sends_no_more_of_what_a_task_that_ended_was_given(
    last: f.WorkerFrame,
) -> None:
    """Whatever the end, the rest of large arguments is of no use to the worker."""
    loop = asyncio.get_running_loop()
    wire = LaneWire(lambda frame: None)
    session = Session(loop, wire)
    session.welcome()
    made = HeardCall(order(routines.length, LARGE), Caller(loop))
    session.submit(made)

    session.receive(last)

    assert wire.abandoned == [made.order.arguments]


async def test_a_verdict_reaches_a_session_on_another_loop(workers: list[Worker]) -> None:
    """A hook decides on the main loop also about tasks of a session that lives elsewhere."""
    told: asyncio.Queue[tuple[Any, int]] = asyncio.Queue()
    main = asyncio.get_running_loop()

    async def elsewhere() -> WorkerHalf:
        loop = asyncio.get_running_loop()

        def say(frame: f.WorkerFrame) -> None:
            main.call_soon_threadsafe(told.put_nowait, (frame, threading.get_ident()))

        half = WorkerHalf(loop, say, executor=IdleExecutor(loop), hook=_full, main=main)
        half.session.receive(opening())
        half.session.receive(f.Define(1, b"", "length"))
        half.session.receive(start(1, b""))
        return half

    other = asyncio.new_event_loop()
    thread = threading.Thread(target=other.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(elsewhere(), other)
        async with asyncio.timeout(30):
            frame, ident = await told.get()
    finally:
        other.call_soon_threadsafe(other.stop)
        thread.join()
        other.close()

    assert type(frame) is f.Refused
    assert ident == thread.ident


async def test_what_a_session_says_once_is_not_heard_again() -> None:
    """A second Welcome breaks the contract."""
    session = Session(asyncio.get_running_loop(), LaneWire(lambda frame: None))

    with pytest.raises(ProtocolViolation, match="Turned is not allowed in an open session"):
        session.receive(f.Turned("again"))


async def _full(context: BackpressureContext) -> bool:
    await asyncio.sleep(0)
    return True
