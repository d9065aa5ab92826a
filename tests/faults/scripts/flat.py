"""Do one thing over and over; `flat.py KIND` prints, as JSON, by how much memory grew meanwhile."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import fault_routines as routines
import memory
import psutil

import wool

ROUNDS = 5
"""The first one warms up, growth is from its end to the last one's."""

BEHIND = 64
LARGE = bytes(32 << 20)


class Busy:
    """Refuses every large task."""

    def __call__(self, context: wool.BackpressureContext) -> bool:
        return context.task.headers.get("x") is None and "echo" in context.task.tag


async def calls(count: int = 20_000) -> None:
    async def lane() -> None:
        for number in range(count // BEHIND):
            await routines.echo(number)

    await asyncio.gather(*(lane() for _ in range(BEHIND)))


async def failures() -> None:
    async def lane() -> None:
        for _ in range(20):
            await asyncio.gather(routines.fail("x" * 1000), return_exceptions=True)

    await asyncio.gather(*(lane() for _ in range(BEHIND)))


async def iterations() -> None:
    async def lane() -> None:
        for _ in range(10):
            async for _ in routines.brief_steps(1, 0):
                break

    await asyncio.gather(*(lane() for _ in range(BEHIND)))


async def cancellations() -> None:
    async def lane() -> None:
        for _ in range(20):
            call = asyncio.create_task(routines.hang_quietly(bytes(10_000)))
            await asyncio.sleep(0.001)
            call.cancel()
            await asyncio.wait([call])

    await asyncio.gather(*(lane() for _ in range(BEHIND)))


async def new_functions() -> None:
    for number in range(1500):
        captured = f"{number}" * 500

        @wool.routine
        async def fresh(captured: str = captured) -> int:
            return len(captured)

        assert await fresh() == len(captured)


def changing_function() -> Callable[[], Awaitable[None]]:
    state: dict[str, Any] = {"number": 0, "filler": ""}

    @wool.routine
    async def changing() -> int:
        return state["number"]

    async def one() -> None:
        for _ in range(1500):
            state["number"] += 1
            state["filler"] = str(state["number"]) * 500
            assert await changing() == state["number"]

    return one


async def refused_transfers() -> None:
    for _ in range(20):
        await asyncio.gather(routines.echo(LARGE), return_exceptions=True)


async def cancelled_transfers() -> None:
    for _ in range(20):
        call = asyncio.create_task(routines.size_of(LARGE))
        await asyncio.sleep(0.005)
        call.cancel()
        await asyncio.wait([call])


async def cancelled_results() -> None:
    for _ in range(20):
        call = asyncio.create_task(routines.large(len(LARGE)))
        await asyncio.sleep(0.02)
        call.cancel()
        await asyncio.wait([call])


KINDS: dict[str, Callable[[], Awaitable[None]]] = {
    "calls": calls,
    "failures": failures,
    "iterations": iterations,
    "cancellations": cancellations,
    "new functions": new_functions,
    "changing function": changing_function(),
    "refused transfers": refused_transfers,
    "cancelled transfers": cancelled_transfers,
    "cancelled results": cancelled_results,
}


async def main(kind: str) -> None:
    hook = Busy() if kind.startswith("refused") else None
    async with wool.WorkerPool(size=1, worker=partial(wool.LocalWorker, backpressure=hook)) as pool:
        (worker,) = pool.workers
        sizes: list[tuple[int, int]] = []
        for _ in range(ROUNDS):
            await KINDS[kind]()
            await routines.collect()
            memory.reset_peak()
            sizes.append((memory.resident(), memory.resident(worker.pid)))
        threads = psutil.Process().num_threads(), psutil.Process(worker.pid).num_threads()
    (client, worker_size), last = sizes[0], sizes[-1]
    print(sizes, threads, file=sys.stderr)
    print(json.dumps({"client": last[0] - client, "worker": last[1] - worker_size}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
