"""Measure how many calls a second pass when many are in flight."""

import wool
from benchmarks import harness, loops
from benchmarks.metrics import RAW, WOOL
from benchmarks.raw import open_raw
from benchmarks.results import Results
from benchmarks.routines import noop

IN_FLIGHT = (64, 256)


async def measure(settings: harness.Settings) -> Results:
    """Keep 64, then 256 no-ops under way, beside as many raw messages on one stream."""
    results = Results()
    async with open_raw() as raw, wool.WorkerPool(size=2):
        for _ in range(settings.rounds):
            for many in IN_FLIGHT:
                rate = await raw.flood(settings.seconds, many)
                results.add(f"in_flight_{many}", RAW, rate)
                rate = await loops.flood(noop, settings.seconds, many)
                results.add(f"in_flight_{many}", WOOL, rate)
    return results


if __name__ == "__main__":
    harness.main("throughput", measure)
