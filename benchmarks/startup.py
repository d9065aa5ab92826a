"""Measure the time from nothing to a first result, and what imports take of it."""

import asyncio
import sys
from contextlib import AsyncExitStack
from time import perf_counter

import wool

from benchmarks import harness
from benchmarks.metrics import RAW, WOOL
from benchmarks.raw import open_raw
from benchmarks.results import Results
from benchmarks.routines import noop

TIMED_IMPORT = "from time import perf_counter as t; s = t(); import {}; print(t() - s)"


async def measure(settings: harness.Settings) -> Results:
    """Start two raw servers, then a pool of two, each until the first answer."""
    results = Results()
    for _ in range(settings.rounds):
        results.add("start", RAW, await _start_raw())
        results.add("start", WOOL, await _start_pool())
        results.add("import", RAW, await import_time("grpc.aio"))
        results.add("import", WOOL, await import_time("wool"))
        results.add("import_worker", WOOL, await import_time("wool_worker.app"))
    return results


async def import_time(module: str) -> float:
    """Return the seconds that a new interpreter needs to import *module*."""
    command = (sys.executable, "-c", TIMED_IMPORT.format(module))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe)
    output, _ = await process.communicate()
    return float(output)


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
