"""Where pools can be used from, and how often."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable

import call_routines as r
import pytest
from notes import note, noted

import wool

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_without_a_pool_the_error_shows_how_to_open_one() -> None:
    """NoActivePool names the routine and the ways to call it."""
    with pytest.raises(wool.NoActivePool) as caught:
        await r.square(2)

    text = str(caught.value)
    assert isinstance(caught.value, RuntimeError)
    assert text.startswith("square was called where no pool is open")
    for way in ("async with wool.WorkerPool():", "pool.run(square", "square.local("):
        assert way in text


async def test_a_generator_without_a_pool_fails_at_its_first_step() -> None:
    """Nothing happens before the iteration begins."""
    generator = r.stream(3)

    with pytest.raises(wool.NoActivePool):
        await anext(generator)


async def test_active_serves_other_tasks(one: wool.WorkerPool) -> None:
    """`pool.active()` holds within its block, also for tasks begun there."""
    with one.active() as same:
        assert same is one
        assert await asyncio.create_task(r.square(3)) == 9

    with pytest.raises(wool.NoActivePool):
        await r.square(3)


async def test_the_innermost_pool_is_the_active_one(
    one: wool.WorkerPool, two: wool.WorkerPool
) -> None:
    """Pools may be open side by side."""
    with one.active():
        with two.active():
            assert await r.pid() in {worker.pid for worker in two.workers}
        assert await r.pid() in {worker.pid for worker in one.workers}
        assert await two.run(r.pid) in {worker.pid for worker in two.workers}


async def test_other_threads_may_call(two: wool.WorkerPool) -> None:
    """Loops of other threads call while the pool's own loop goes on."""

    async def work() -> list[object]:
        streamed = [number async for number in r.stream(20)]
        squares = await wool.gather(*(r.square(number) for number in range(50)))
        large = len(str(await r.echo("x" * 1_000_000)))
        return [streamed, squares, large]

    def elsewhere() -> list[object]:
        with two.active():
            return asyncio.run(work())

    with two.active():
        results = await asyncio.gather(
            *(asyncio.to_thread(elsewhere) for _ in range(4)), work(), work()
        )

    assert results == [[list(range(20)), [n * n for n in range(50)], 1_000_000]] * 6


async def test_exceptions_and_cancellations_reach_other_threads(
    two: wool.WorkerPool, log: str
) -> None:
    """A call from another loop fails and is cancelled as one from here."""

    async def work() -> str:
        with pytest.raises(ZeroDivisionError):
            await r.apply(lambda: 1 // 0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await r.wait_and_note(log, "it")
        return "done"

    def elsewhere() -> str:
        with two.active():
            return asyncio.run(work())

    assert await asyncio.to_thread(elsewhere) == "done"


async def test_one_thread_may_have_loop_after_loop(two: wool.WorkerPool) -> None:
    """A loop that was closed leaves nothing that disturbs the next one."""

    def elsewhere() -> list[int]:
        with two.active():
            return [asyncio.run(_squared(number)) for number in range(5)]

    assert await asyncio.to_thread(elsewhere) == [0, 1, 4, 9, 16]


async def _squared(number: int) -> int:
    return await r.square(number)


async def test_a_loop_may_close_with_calls_in_flight(two: wool.WorkerPool, log: str) -> None:
    """What comes back for a loop that is gone is dropped."""

    async def leave() -> None:
        call = asyncio.create_task(r.wait_and_note(log, "it"))
        await asyncio.sleep(0.05)
        del call

    def elsewhere() -> None:
        with two.active():
            asyncio.run(leave())

    await asyncio.to_thread(elsewhere)

    assert await two.run(r.square, 3) == 9


def in_thread(main: Callable[[], Awaitable[object]], into: list[object]) -> threading.Thread:
    """Start a thread that runs *main* on a loop of its own."""

    async def run() -> None:
        into.append(await main())

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    return thread


async def test_two_pools_in_two_threads() -> None:
    """Each thread may open a pool of its own, at the same time."""
    both = threading.Barrier(2, timeout=30)

    async def main() -> object:
        async with wool.WorkerPool(size=1) as pool:
            await asyncio.to_thread(both.wait)
            results = await wool.gather(*(r.square(number) for number in range(100)))
            pids = {await r.pid()}
            await asyncio.to_thread(both.wait)
            return results, pids == {worker.pid for worker in pool.workers}

    results: list[object] = []
    threads = [in_thread(main, results) for _ in range(2)]
    for thread in threads:
        await asyncio.to_thread(thread.join)

    assert results == [([n * n for n in range(100)], True)] * 2


async def test_a_pool_is_used_once() -> None:
    """A second `async with` is a RuntimeError; after the block nothing can be called."""
    pool = wool.WorkerPool(size=1)
    async with pool:
        assert await r.square(2) == 4
        with pytest.raises(RuntimeError, match="used once"):
            await pool.__aenter__()
        assert await r.square(3) == 9

    with pytest.raises(RuntimeError, match="used once"):
        async with pool:
            pass
    with pytest.raises(wool.NoActivePool, match="not open"):
        _ = pool.workers
    with pytest.raises(wool.NoActivePool, match="not open"):
        await pool.run(r.square, 2)


async def test_leaving_the_block_waits_for_what_runs(log: str) -> None:
    """Calls that were begun get their result, though nobody else is let in."""
    async with wool.WorkerPool(size=1):
        call = asyncio.create_task(r.after_begun(log, "go"))
        await noted(log, "began")
        asyncio.get_running_loop().call_later(0.1, note, log, "go")

    assert await call == "done"


async def test_a_generator_nobody_steps_does_not_hold_the_pool_open() -> None:
    """Leaving the block closes generators that wait for a step; the next step is an error."""
    async with wool.WorkerPool(size=1, shutdown_timeout=3):
        generator = r.stream(3)
        assert await anext(generator) == 0
        begin = time.monotonic()

    assert time.monotonic() - begin < 2
    with pytest.raises(wool.WorkerLost):
        await anext(generator)


async def test_the_default_is_one_worker_per_cpu() -> None:
    """`WorkerPool()` starts as many workers as there are CPUs, and `spawn` is `size`."""
    async with wool.WorkerPool() as pool:
        assert len(pool.workers) == os.cpu_count()
    async with wool.WorkerPool(spawn=1) as pool:
        assert len(pool.workers) == 1
