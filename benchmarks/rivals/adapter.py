"""Put one opened system through one group of measurements; answer with JSON."""

import argparse
import asyncio
import json
import os
import platform
import statistics
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from functools import partial
from time import perf_counter

from benchmarks import loops
from benchmarks.harness import versions
from benchmarks.imports import import_time

GROUPS = {
    "calls": ("sequential_p50", "sequential_p99", "in_flight_64", "in_flight_256"),
    "generators": ("generator", "generator_ahead"),
    "echo": tuple(f"echo_{kind}_{size}" for size in (1, 10, 100) for kind in ("bytes", "array")),
    "nested": ("nested",),
    "start": ("start", "import"),
}
MEGABYTES = (1, 10, 100)
WARM_UP_FIB = 8
FIB = 16
FIB_ANSWER = 987


Flood = Callable[[float, int], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Without:
    """Stands for what a system has no fair way to do."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a system can do once two of its workers are ready."""

    noop: loops.Call
    echo: loops.Echo
    count: loops.Items | Without
    count_ahead: loops.Items | Without
    fib: loops.Call | Without
    flood: Flood | None = None


Open = Callable[[], AbstractAsyncContextManager[Opened]]


@dataclass(slots=True)
class Report:
    """What goes to standard output as one line."""

    values: dict[str, float] = field(default_factory=dict[str, float])
    skipped: dict[str, str] = field(default_factory=dict[str, str])
    versions: dict[str, str] = field(default_factory=dict[str, str])


def main(open_system: Open, statement: str, packages: Sequence[str]) -> None:
    """
    Measure the group named on the command line; print a `Report`.

    *statement* is the import whose time counts.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("--seconds", type=float, default=1.0)
    options, _ = parser.parse_known_args()
    report = Report(versions=versions(packages))
    report.versions["python"] = platform.python_version()
    asyncio.run(MEASURES[options.group](report, open_system, options.seconds))
    if options.group == "start":
        report.values["import"] = import_time(statement)
    print(json.dumps(asdict(report)), flush=True)


async def _calls(report: Report, open_system: Open, seconds: float) -> None:
    async with open_system() as system:
        latencies = await loops.sequential(system.noop, seconds)
        report.values["sequential_p50"] = statistics.median(latencies) * 1e6
        report.values["sequential_p99"] = loops.percentile(latencies, 0.99) * 1e6
        flood = system.flood or partial(loops.flood, system.noop)
        for many in (64, 256):
            report.values[f"in_flight_{many}"] = await flood(seconds, many)


async def _generators(report: Report, open_system: Open, seconds: float) -> None:
    async with open_system() as system:
        for metric, items in (("generator", system.count), ("generator_ahead", system.count_ahead)):
            if isinstance(items, Without):
                report.skipped[metric] = items.reason
            else:
                report.values[metric] = await loops.drain(items, seconds)


async def _echo(report: Report, open_system: Open, seconds: float) -> None:
    import numpy as np

    async with open_system() as system:
        for megabytes in MEGABYTES:
            size = megabytes * 1_000_000
            data = os.urandom(size)
            array = np.frombuffer(data, dtype=np.uint8).copy()
            for kind, value in (("bytes", data), ("array", array)):
                rate = await loops.echoes(system.echo, value, size, seconds)
                report.values[f"echo_{kind}_{megabytes}"] = rate


async def _nested(report: Report, open_system: Open, seconds: float) -> None:
    async with open_system() as system:
        if isinstance(system.fib, Without):
            report.skipped["nested"] = system.fib.reason
            return
        await system.fib(WARM_UP_FIB)
        start = perf_counter()
        answer = await system.fib(FIB)
        report.values["nested"] = perf_counter() - start
        if answer != FIB_ANSWER:
            raise AssertionError(f"fib({FIB}) is {FIB_ANSWER}, not {answer}")


async def _start(report: Report, open_system: Open, seconds: float) -> None:
    start = perf_counter()
    async with open_system() as system:
        await system.noop(1)
        report.values["start"] = perf_counter() - start


MEASURES = {
    "calls": _calls,
    "generators": _generators,
    "echo": _echo,
    "nested": _nested,
    "start": _start,
}
