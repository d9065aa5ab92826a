"""A pool under steady load to whose workers everything happens that can."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from fault_routines import echo, placed
from middleman import Distant
from programs import is_gone
from waits import eventually, full

import wool
from wool.testing import FakeWorker

RATE = 200
"""Tasks a second."""

TASK_SECONDS = 0.05


class Load:
    """Calls at a steady rate, whatever becomes of the calls before."""

    def __init__(self, notes: Path) -> None:
        self._notes = notes
        self.ends: dict[str, BaseException | None] = {}
        self.begun = 0

    async def run(self) -> None:
        """Call until cancelled, then wait for the calls under way."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        calls: set[asyncio.Task[None]] = set()
        try:
            while True:
                call = asyncio.create_task(self._call(str(self.begun)))
                self.begun += 1
                calls.add(call)
                call.add_done_callback(calls.discard)
                await asyncio.sleep(max(0.0, began + self.begun / RATE - loop.time()))
        finally:
            async with asyncio.timeout(30):
                await asyncio.gather(*calls)

    def place_of(self) -> dict[str, int]:
        """Return in which process each task that has begun did."""
        lines = (line.split() for line in self._notes.read_text().splitlines())
        return {key: int(pid) for key, pid in lines}

    async def some_more(self, count: int = RATE // 2) -> None:
        """Wait until *count* more calls have succeeded."""
        goal = self._succeeded() + count
        await eventually(lambda: self._succeeded() >= goal, 20.0)

    def _succeeded(self) -> int:
        return sum(end is None for end in self.ends.values())

    async def _call(self, key: str) -> None:
        try:
            await placed(str(self._notes), key, TASK_SECONDS)
            self.ends[key] = None
        except wool.WoolError as exc:
            self.ends[key] = exc


@asynccontextmanager
async def loaded(load: Load) -> AsyncGenerator[None]:
    """Keep *load* up until the block is left."""
    running = asyncio.create_task(load.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


def without(pool: wool.WorkerPool, uid: str) -> Callable[[], bool]:
    """Return what tells whether the worker *uid* is in use no more."""
    return lambda: uid not in {worker.uid for worker in pool.workers}


@pytest.mark.slow
async def test_only_what_ran_on_a_killed_worker_is_lost(place: Path, tmp_path: Path) -> None:
    """One is killed, one stopped and continued, one drained, one replaced by another version."""
    notes = tmp_path / "notes"
    notes.touch()
    load = Load(notes)
    async with AsyncExitStack() as stack:
        killed, frozen, drained = workers = [Distant(place) for _ in range(3)]
        await asyncio.gather(*(stack.enter_async_context(worker) for worker in workers))
        found = wool.StaticDiscovery(*(str(worker.address) for worker in workers), interval=0.5)
        async with wool.WorkerPool(discovery=found, quorum=3) as pool:
            await echo("ready")
            async with loaded(load):
                await load.some_more()

                assert killed.pid is not None
                assert killed.between is not None
                killed_pid = killed.pid
                os.kill(killed_pid, signal.SIGKILL)
                await eventually(lambda: is_gone(killed_pid), 5.0)
                await eventually(without(pool, killed.uid), 5.0)
                await load.some_more()

                successor = await stack.enter_async_context(wool.LocalWorker())
                killed.between.lead_to(str(successor.address))
                await full(pool, 3)

                assert frozen.pid is not None
                os.kill(frozen.pid, signal.SIGSTOP)
                try:
                    await load.some_more()
                finally:
                    os.kill(frozen.pid, signal.SIGCONT)
                await load.some_more()

                await drained.stop(grace=10)
                await eventually(without(pool, drained.uid), 5.0)
                await load.some_more()

                stranger = await stack.enter_async_context(FakeWorker(python="2.7"))
                stopping = asyncio.create_task(successor.stop(grace=10))
                await eventually(without(pool, successor.uid), 5.0)
                await stopping
                killed.between.lead_to(str(stranger.address))
                await load.some_more()
                assert [worker.uid for worker in pool.workers] == [frozen.uid]

    lost = {key for key, end in load.ends.items() if end is not None}
    where = load.place_of()
    print(f"{load.begun} calls, {len(lost)} lost: {sorted(lost)[:5]}")
    assert len(load.ends) == load.begun
    assert {type(load.ends[key]) for key in lost} <= {wool.WorkerLost}
    assert {where.get(key, killed_pid) for key in lost} <= {killed_pid}
    assert len(lost) <= RATE * TASK_SECONDS * 3
