"""Put one opened system through one group of measurements; answer with JSON."""

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from importlib import metadata
from time import perf_counter
from typing import Protocol

from benchmarks import loops

GROUPS = ("calls", "generators", "echo", "nested", "start")
MEGABYTES = (1, 10, 100)
FIB = 16
FIB_ANSWER = 987


class Unsupported(Exception):
    """The system has no fair way to do this; the text says why."""


class Opened(Protocol):
    """What a system can do once two of its workers are ready."""

    async def noop(self, value: int) -> object: ...

    async def flood(self, seconds: float, in_flight: int) -> float: ...

    def count(self, until: int) -> AsyncIterator[object]: ...

    def count_ahead(self, until: int) -> AsyncIterator[object]: ...

    async def echo(self, value: object) -> object: ...

    async def fib(self, n: int) -> int: ...


Open = Callable[[], AbstractAsyncContextManager[Opened]]


class Lanes:
    """Floods by as many coroutines as calls are to be in flight."""

    async def noop(self, value: int) -> object:
        """Make one call."""
        raise NotImplementedError

    async def flood(self, seconds: float, in_flight: int) -> float:
        """Return the calls per second."""
        return await loops.flood(self.noop, seconds, in_flight)


@dataclass(slots=True)
class Report:
    """What goes to standard output as one line."""

    values: dict[str, float] = field(default_factory=dict[str, float])
    skipped: dict[str, str] = field(default_factory=dict[str, str])
    versions: dict[str, str] = field(default_factory=dict[str, str])


def main(open_system: Open, library: str, packages: Sequence[str]) -> None:
    """Measure the group named on the command line; print a `Report`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("--seconds", type=float, default=1.0)
    options, _ = parser.parse_known_args()
    report = Report(versions={name: metadata.version(name) for name in packages})
    report.versions["python"] = platform.python_version()
    asyncio.run(MEASURES[options.group](report, open_system, options.seconds))
    if options.group == "start":
        report.values["import"] = _import_time(library)
    print(json.dumps(asdict(report)), flush=True)


async def _calls(report: Report, open_system: Open, seconds: float) -> None:
    async with open_system() as system:
        latencies = await loops.sequential(system.noop, seconds)
        report.values["sequential_p50"] = statistics.median(latencies) * 1e6
        report.values["sequential_p99"] = loops.percentile(latencies, 0.99) * 1e6
        for many in (64, 256):
            report.values[f"in_flight_{many}"] = await system.flood(seconds, many)


async def _generators(report: Report, open_system: Open, seconds: float) -> None:
    async with open_system() as system:
        for metric, items in (("generator", system.count), ("generator_ahead", system.count_ahead)):
            await _try(report, metric, lambda items=items: loops.drain(items, seconds))


async def _echo(report: Report, open_system: Open, seconds: float) -> None:
    import numpy as np

    async with open_system() as system:
        for megabytes in MEGABYTES:
            size = megabytes * 1_000_000
            data = os.urandom(size)
            array = np.frombuffer(data, dtype=np.uint8).copy()
            for kind, value in (("bytes", data), ("array", array)):
                await _try(
                    report,
                    f"echo_{kind}_{megabytes}",
                    lambda value=value: loops.echoes(system.echo, value, size, seconds),
                )


async def _nested(report: Report, open_system: Open, seconds: float) -> None:
    async def fib() -> float:
        await system.fib(8)
        start = perf_counter()
        answer = await system.fib(FIB)
        spent = perf_counter() - start
        assert answer == FIB_ANSWER
        return spent

    async with open_system() as system:
        await _try(report, "nested", fib)


async def _start(report: Report, open_system: Open, seconds: float) -> None:
    start = perf_counter()
    async with open_system() as system:
        await system.noop(1)
        report.values["start"] = perf_counter() - start


async def _try(report: Report, metric: str, measure: Callable[[], Awaitable[float]]) -> None:
    try:
        report.values[metric] = await measure()
    except Unsupported as exc:
        report.skipped[metric] = str(exc)


def _import_time(library: str) -> float:
    import subprocess

    code = f"from time import perf_counter as t; s = t(); import {library}; print(t() - s)"
    command = (sys.executable, "-c", code)
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


MEASURES = {
    "calls": _calls,
    "generators": _generators,
    "echo": _echo,
    "nested": _nested,
    "start": _start,
}
