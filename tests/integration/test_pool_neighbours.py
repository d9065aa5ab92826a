"""Pools of several processes that find one another's workers."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from neighbour_routines import nested_pids

import wool
from wool.runtime.discovery.local import LocalDiscovery

HERE = Path(__file__).resolve().parent


class Neighbour:
    """Another process, with a hybrid pool of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.pids: set[int] = set()

    async def hear(self, word: str) -> set[int]:
        """Return the process ids that come after *word* on the next line."""
        assert self.process.stdout is not None
        first, *pids = (await self.process.stdout.readline()).decode().split()
        assert first == word
        return set(map(int, pids))

    def say(self, word: str) -> None:
        """Ask for something."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n".encode())


@asynccontextmanager
async def neighbour(namespace: str) -> AsyncGenerator[Neighbour]:
    """Have another process keep a hybrid pool open."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        HERE / "scripts/neighbour.py",
        namespace,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdin is not None
    try:
        other = Neighbour(process)
        async with asyncio.timeout(30):
            other.pids = await other.hear("open")
        yield other
        if process.returncode is not None:
            return  # the test has killed it
        process.stdin.close()
        async with asyncio.timeout(30):
            await other.hear("closed")
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def members(pool: wool.WorkerPool, pids: set[int]) -> None:
    """Wait until the processes of the pool's workers are *pids*."""
    async with asyncio.timeout(20):
        while {worker.pid for worker in pool.workers} != pids:
            await asyncio.sleep(0.01)


async def test_nested_calls_of_a_durable_pool() -> None:
    """They go from worker to worker, none of which this process has started."""
    async with (
        neighbour(namespace := LocalDiscovery().namespace) as other,
        wool.WorkerPool(discovery=LocalDiscovery(namespace)) as pool,
    ):
        await members(pool, other.pids)
        seen = {pid for _ in range(6) for pid in await nested_pids()}
        assert seen == other.pids


async def test_nested_calls_of_two_hybrid_pools() -> None:
    """Either uses the workers of both, also from within routines, and is left in good order."""
    namespace = LocalDiscovery().namespace
    async with neighbour(namespace) as other:
        async with wool.WorkerPool(size=1, discovery=LocalDiscovery(namespace)) as pool:
            ours = {worker.pid for worker in pool.workers} - other.pids
            await members(pool, ours | other.pids)
            seen = {pid for _ in range(9) for pid in await nested_pids()}
            assert seen == ours | other.pids

            other.say("call")
            async with asyncio.timeout(30):
                assert await other.hear("called") <= ours | other.pids
        other.say("call")
        async with asyncio.timeout(30):
            assert await other.hear("called") == other.pids


async def test_a_neighbour_that_is_killed() -> None:
    """Its workers are used no more; one's own go on."""
    namespace = LocalDiscovery().namespace
    async with wool.WorkerPool(size=1, discovery=LocalDiscovery(namespace)) as pool:
        ours = {worker.pid for worker in pool.workers}
        async with neighbour(namespace) as other:
            await members(pool, ours | other.pids)
            other.process.kill()
            await other.process.wait()
        await members(pool, ours)
        assert set(await nested_pids()) == ours
