"""Measure the time from nothing to a first result, and what imports take of it."""

import asyncio
from contextlib import AsyncExitStack
from time import perf_counter

import wool
from benchmarks import harness
from benchmarks.imports import import_time
from benchmarks.metrics import RAW, WOOL
from benchmarks.raw import open_raw
from benchmarks.results import Results
from benchmarks.routines import noop

IMPORTS = (
    ("import", RAW, "import grpc.aio"),
    ("import", WOOL, "import wool; wool.WorkerPool"),
    ("import_worker", WOOL, "import wool_worker.app"),
)


async def measure(settings: harness.Settings) -> Results:
    """Start two raw servers, then a pool of two, each until the first answer."""
    results = Results()
    for _ in range(settings.rounds):
        results.add("start", RAW, await _start_raw())
        results.add("start", WOOL, await _start_pool())
        for metric, system, statement in IMPORTS:
            results.add(metric, system, await asyncio.to_thread(import_time, statement))
    return results


async def _start_raw() -> float:
    start = perf_counter()
    async with AsyncExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            pair = [group.create_task(stack.enter_async_context(open_raw())) for _ in range(2)]
        await pair[0].result().ping()
        return perf_counter() - start


async def _start_pool() -> float:
    start = perf_counter()
    async with wool.WorkerPool(size=2):
        await noop(1)
        return perf_counter() - start


if __name__ == "__main__":
    harness.main("startup", measure)
