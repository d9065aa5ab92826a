"""Measure what metrics cost: the same calls, measured and not, in turn within one run."""

import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from time import process_time

import psutil
from prometheus_client import CollectorRegistry

import wool
import wool.metrics
from benchmarks import harness, loops
from benchmarks.results import Results
from benchmarks.routines import noop
from benchmarks.tables import figure, plain_table

IN_FLIGHT = 64
PLAIN, METERED = "not measured", "measured"
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
async def opened(folder: Path, name: str, *, measured: bool) -> AsyncIterator[Side]:
    """Start two workers and open a pool of them."""
    with ExitStack() as stack:
        workers: list[subprocess.Popen[bytes]] = []
        paths = [folder / f"{name}{number}" for number in range(2)]
        for path in paths:
            port = free_port() if measured else 0
            command = [sys.executable, "-m", "wool_worker", "--log-level", "error"]
            command += ["--socket", str(path), "--metrics-port", str(port)]
            worker = subprocess.Popen(command)  # noqa: ASYNC220 - nothing else runs yet
            stack.callback(worker.wait)
            stack.callback(worker.terminate)
            workers.append(worker)
        found = wool.StaticDiscovery(*(f"unix:{path}" for path in paths))
        async with wool.WorkerPool(discovery=found, quorum=2, lazy=False) as pool:
            yield Side(pool, workers)


async def measure(settings: harness.Settings) -> Results:
    """Keep 64 no-ops under way, on workers that are measured by a client that is, and not."""
    results = Results()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with wool.metrics.register(CollectorRegistry()):
            # A channel is counted where it was opened while somebody measures.
            metered = await stack.enter_async_context(opened(folder, "m", measured=True))
        plain = await stack.enter_async_context(opened(folder, "p", measured=False))
        for number in range(settings.rounds):
            for name in (PLAIN, METERED)[:: -1 if number % 2 else 1]:
                with ExitStack() as counting:
                    if name == METERED:
                        counting.enter_context(wool.metrics.register(CollectorRegistry()))
                    side = metered if name == METERED else plain
                    rate, cpu = await side.flood(settings.seconds)
                results.add(RATE, name, rate)
                results.add(CPU, name, cpu)
    return results


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def table(results: Results) -> str:
    """Return the medians, and the median of what each pair came to."""
    rows = [("", PLAIN, METERED, "measured : not")]
    for key, unit in UNITS.items():
        plain, metered = results.values[key][PLAIN], results.values[key][METERED]
        pairs = [mine / theirs for mine, theirs in zip(metered, plain, strict=True)]
        medians = [figure(statistics.median(values)) for values in (plain, metered)]
        rows.append((unit, medians[0], medians[1], f"{statistics.median(pairs):.3f}"))
    return plain_table(rows)


if __name__ == "__main__":
    harness.main("metered", measure, table)
