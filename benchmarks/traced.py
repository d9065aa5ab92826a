"""Measure what traces cost: the same calls, traced and not, in turn within one run."""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, nullcontext
from pathlib import Path

import wool
import wool.traces
from benchmarks import harness
from benchmarks.metered import CPU, RATE, UNITS, Side
from benchmarks.results import Results
from benchmarks.spans_discarded import PROVIDER
from benchmarks.tables import figure, plain_table

PLAIN, TRACED = "not traced", "traced"


@asynccontextmanager
async def opened(folder: Path, name: str, *flags: str) -> AsyncIterator[Side]:
    """Start two workers with *flags* and open a pool of them."""
    with ExitStack() as stack:
        workers: list[subprocess.Popen[bytes]] = []
        paths = [folder / f"{name}{number}" for number in range(2)]
        for path in paths:
            command = [sys.executable, "-m", "wool_worker", "--log-level", "error"]
            command += ["--socket", str(path), *flags]
            worker = subprocess.Popen(command, env={**os.environ, "OTEL_TRACES_EXPORTER": "none"})  # noqa: ASYNC220 - nothing else runs yet
            stack.callback(worker.wait)
            stack.callback(worker.terminate)
            workers.append(worker)
        found = wool.StaticDiscovery(*(f"unix:{path}" for path in paths))
        async with wool.WorkerPool(discovery=found, quorum=2, lazy=False) as pool:
            yield Side(pool, workers)


async def measure(settings: harness.Settings) -> Results:
    """Keep 64 no-ops under way, on workers that are traced by a client that is, and not."""
    results = Results()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        flags = ("--traces", "--preload", "benchmarks.spans_discarded")
        sides = {
            PLAIN: await stack.enter_async_context(opened(folder, "p")),
            TRACED: await stack.enter_async_context(opened(folder, "t", *flags)),
        }
        for number in range(settings.rounds):
            for name in (PLAIN, TRACED)[:: -1 if number % 2 else 1]:
                with wool.traces.start(PROVIDER) if name == TRACED else nullcontext():
                    rate, cpu = await sides[name].flood(settings.seconds)
                results.add(RATE, name, rate)
                results.add(CPU, name, cpu)
    return results


def table(results: Results) -> str:
    """Return the medians, and the median of what each pair came to."""
    rows = [("", PLAIN, TRACED, "traced : not")]
    for key, unit in UNITS.items():
        plain, traced = results.values[key][PLAIN], results.values[key][TRACED]
        pairs = [mine / theirs for mine, theirs in zip(traced, plain, strict=True)]
        medians = [figure(statistics.median(values)) for values in (plain, traced)]
        rows.append((unit, medians[0], medians[1], f"{statistics.median(pairs):.3f}"))
    return plain_table(rows)


if __name__ == "__main__":
    harness.main("traced", measure, table)
