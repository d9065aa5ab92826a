"""A board tells every consumer how it is now, whatever they all do meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wool_common.discovery.driven import driven
from wool_common.discovery.following import Board
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerId, WorkerMetadata


def made(uid: int, version: int, tagged: bool) -> WorkerMetadata:
    """Return a worker that says this about itself."""
    tags = frozenset({"gpu"} if tagged else ())
    return WorkerMetadata(uid=WorkerId(str(uid)), address="unix:/a", pid=version, tags=tags)


def is_tagged(worker: WorkerMetadata) -> bool:
    """Want the tagged ones, and fail on some that are not."""
    if not worker.tags and worker.pid == 2:
        raise LookupError("the filter's own")
    return bool(worker.tags)


WORKERS = st.builds(made, st.integers(0, 4), st.integers(0, 2), st.booleans())
CONSUMERS = st.integers(0, 2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), WORKERS),
        st.tuples(st.just("drop"), WORKERS),
        st.tuples(st.just("replace"), st.lists(WORKERS, max_size=4)),
        st.tuples(st.just("read"), CONSUMERS),
        st.tuples(st.just("leave"), CONSUMERS),
    ),
    max_size=40,
)


class Consumer:
    """Reads one iteration, event by event, and holds each against what it knows."""

    def __init__(self, board: Board, *, filtered: bool) -> None:
        self._board = board
        self._filter = is_tagged if filtered else None
        self._events: AsyncGenerator[DiscoveryEvent] | None = None
        self._reading: asyncio.Task[DiscoveryEvent] | None = None
        self.known: dict[str, WorkerMetadata] = {}

    async def read(self) -> bool:
        """Take one event; return False where there is none yet."""
        if self._events is None:
            self._events, self.known = self._board.follow(self._filter), {}
        if self._reading is None:
            self._reading = asyncio.ensure_future(anext(self._events))
        for _ in range(3):
            await asyncio.sleep(0)
        if not self._reading.done():
            return False
        event, self._reading = self._reading.result(), None
        uid = event.metadata.uid
        if event.type == "worker-dropped":
            del self.known[uid]
        else:
            assert (uid in self.known) == (event.type == "worker-updated")
            assert self.known.get(uid) != event.metadata
            self.known[uid] = event.metadata
        return True

    async def leave(self) -> None:
        """End the iteration, where there is one."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
            self._reading = None
        if self._events is not None:
            await self._events.aclose()
            self._events = None


async def go_through(steps: list[tuple[str, Any]]) -> None:
    """Take *steps*; then everybody must know who is there, and no more."""
    board = Board()
    consumers = [Consumer(board, filtered=number == 2) for number in range(3)]
    for verb, what in steps:
        match verb:
            case "put":
                board.put(what)
            case "drop":
                board.drop(what.uid)
            case "replace":
                board.replace(what)
            case "read":
                await consumers[int(what)].read()
            case _:
                await consumers[int(what)].leave()

    there: dict[str, WorkerMetadata] = {worker.uid: worker for worker in board.members}
    tagged = {uid: worker for uid, worker in there.items() if worker.tags}
    for consumer, expected in zip(consumers, (there, there, tagged), strict=True):
        while await consumer.read():
            pass
        assert consumer.known == expected
        await consumer.leave()
    assert board.consumers == 0


@given(STEPS)
def test_every_view_converges(steps: list[tuple[str, Any]]) -> None:
    """Whatever happens, views end up right, by events that make sense one after the other."""
    asyncio.run(go_through(steps), debug=False)


ALICE = made(1, 0, tagged=True)


async def test_what_waits_for_a_slow_consumer_is_bounded() -> None:
    """Workers that come and go unheard leave nothing behind."""
    board = Board([ALICE])
    async with aclosing(board.follow()) as events:
        await anext(events)
        for number in range(10_000):
            worker = made(number + 2, 0, tagged=False)
            board.put(worker)
            board.drop(worker.uid)
        board.drop(ALICE.uid)

        assert await anext(events) == DiscoveryEvent("worker-dropped", ALICE)


async def test_an_error_ends_every_iteration() -> None:
    """Those under way end, with and without something to tell, and those to come, until taken back."""
    board = Board([ALICE])
    waiting, busy = board.follow(), board.follow()
    await anext(waiting)
    reading = asyncio.ensure_future(anext(waiting))
    await asyncio.sleep(0)

    board.fail(DiscoveryError("no network"))

    for late in (reading, anext(busy), anext(board.follow())):
        with pytest.raises(DiscoveryError, match="no network"):
            await late
    board.fail(None)
    async with aclosing(board.follow()) as events:
        assert await anext(events) == DiscoveryEvent("worker-added", ALICE)


async def test_batches_tell_all_there_is_at_once() -> None:
    """The first tells who is there, also where that is nobody; later ones what has changed."""
    board = Board()
    async with aclosing(board.batches()) as batches:
        assert await anext(batches) == []
        board.put(ALICE)
        board.put(made(2, 0, tagged=False))

        assert [event.metadata.uid for event in await anext(batches)] == ["1", "2"]


async def test_a_driven_board_lives_as_long_as_its_iteration() -> None:
    """What keeps it up to date is cancelled with the iteration."""
    over = asyncio.Event()

    async def drive(board: Board) -> None:
        board.put(ALICE)
        try:
            await asyncio.Event().wait()
        finally:
            over.set()

    async with aclosing(driven(drive)) as events:
        assert (await anext(events)).metadata == ALICE
        assert not over.is_set()
    assert over.is_set()


async def test_a_drive_that_fails_ends_the_iteration() -> None:
    """Its error is raised where the events are awaited."""

    async def drive(board: Board) -> None:
        raise DiscoveryError("no place")

    with pytest.raises(DiscoveryError, match="no place"):
        await anext(driven(drive))
