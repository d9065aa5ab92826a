"""Measure how fast the items of an async generator arrive."""

import wool
from benchmarks import harness, loops
from benchmarks.metrics import RAW, WOOL
from benchmarks.raw import open_raw
from benchmarks.results import Results
from benchmarks.routines import count

PREFETCH = 64


async def measure(settings: harness.Settings) -> Results:
    """Read a generator lock-step, then with prefetch, beside raw messages."""
    results = Results()
    ahead = count.options(prefetch=PREFETCH)
    async with open_raw() as raw, wool.WorkerPool(size=2):
        for _ in range(settings.rounds):
            for metric, system, items in (
                ("generator", RAW, raw.pings),
                ("generator", WOOL, count),
                ("generator_ahead", RAW, raw.items),
                ("generator_ahead", WOOL, ahead),
            ):
                results.add(metric, system, await loops.drain(items, settings.seconds))
    return results


if __name__ == "__main__":
    harness.main("generator", measure)
