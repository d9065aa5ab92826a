"""Measure the same calls on two sides in turn, to tell what one of them costs."""

import os
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from time import process_time

import psutil

import wool
from benchmarks import harness, loops
from benchmarks.results import Results
from benchmarks.routines import noop
from benchmarks.tables import figure, plain_table

IN_FLIGHT = 64
RATE, CPU = "in_flight_64", "cpu"
UNITS = {RATE: "calls/s", CPU: "µs of processor per call, client and workers"}


class Side:
    """A pool of two workers of their own, with the processor time that all of it takes."""

    def __init__(self, pool: wool.WorkerPool, workers: list[subprocess.Popen[bytes]]) -> None:
        self.pool = pool
        self._workers = [psutil.Process(worker.pid) for worker in workers]

    async def flood(self, seconds: float) -> tuple[float, float]:
        """Return calls per second, and the microseconds of processor that each took."""
        with self.pool.active():
            await loops.flood(noop, seconds / 4, IN_FLIGHT)
            calls, before = 0, self._processor()

            async def call(value: int) -> int:
                nonlocal calls
                calls += 1
                return await noop(value)

            rate = await loops.flood(call, seconds, IN_FLIGHT)
        return rate, (self._processor() - before) / calls * 1e6

    def _processor(self) -> float:
        return process_time() + sum(sum(w.cpu_times()[:2]) for w in self._workers)


@asynccontextmanager
async def opened(
    folder: Path, name: str, flags: Callable[[], Sequence[str]], **variables: str
) -> AsyncIterator[Side]:
    """Start two workers, each with *flags* made for it, and open a pool of them."""
    with ExitStack() as stack:
        workers: list[subprocess.Popen[bytes]] = []
        paths = [folder / f"{name}{number}" for number in range(2)]
        for path in paths:
            command = [sys.executable, "-m", "wool_worker", "--log-level", "error"]
            command += ["--socket", str(path), *flags()]
            worker = subprocess.Popen(command, env=os.environ | variables)  # noqa: ASYNC220 - nothing else runs yet
            stack.callback(worker.wait)
            stack.callback(worker.terminate)
            workers.append(worker)
        found = wool.StaticDiscovery(*(f"unix:{path}" for path in paths))
        async with wool.WorkerPool(discovery=found, quorum=2, lazy=False) as pool:
            yield Side(pool, workers)


async def in_turn(
    settings: harness.Settings,
    sides: Mapping[str, Side],
    within: Mapping[str, Callable[[], AbstractContextManager[object]]],
) -> Results:
    """Keep 64 no-ops under way on each of both *sides* in turn, *within* what it needs here."""
    results = Results()
    for number in range(settings.rounds):
        for name in tuple(sides)[:: -1 if number % 2 else 1]:
            with within.get(name, nullcontext)():
                rate, cpu = await sides[name].flood(settings.seconds)
            results.add(RATE, name, rate)
            results.add(CPU, name, cpu)
    return results


def table(results: Results, plain: str, other: str) -> str:
    """Return the medians, and the median of what each pair came to."""
    rows = [("", plain, other, f"{other} : not")]
    for key, unit in UNITS.items():
        before, after = results.values[key][plain], results.values[key][other]
        pairs = [mine / theirs for mine, theirs in zip(after, before, strict=True)]
        medians = [figure(statistics.median(values)) for values in (before, after)]
        rows.append((unit, medians[0], medians[1], f"{statistics.median(pairs):.3f}"))
    return plain_table(rows)
