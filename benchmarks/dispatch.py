"""Measure the latency of one call after the other."""

import statistics

import wool
from benchmarks import harness, loops
from benchmarks.metrics import RAW, WOOL
from benchmarks.raw import open_raw
from benchmarks.results import Results
from benchmarks.routines import noop


@wool.routine
async def noop_here(value: int) -> int:
    """Return *value*; run as a program, this module makes it a by-value callable."""
    return value


async def measure(settings: harness.Settings) -> Results:
    """Time no-ops of an importable module and of the script, beside raw gRPC."""
    results = Results()
    async with open_raw() as raw, wool.WorkerPool(size=2):
        for _ in range(settings.rounds):
            for metric, system, call in (
                ("sequential", RAW, raw.ping),
                ("sequential", WOOL, noop),
                ("sequential_main", RAW, raw.ping),
                ("sequential_main", WOOL, noop_here),
                ("unary", RAW, raw.unary),
            ):
                latencies = await loops.sequential(call, settings.seconds)
                results.add(f"{metric}_p50", system, statistics.median(latencies) * 1e6)
                if metric != "unary":
                    results.add(f"{metric}_p99", system, loops.percentile(latencies, 0.99) * 1e6)
    return results


if __name__ == "__main__":
    harness.main("dispatch", measure)
