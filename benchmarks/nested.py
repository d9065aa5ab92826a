"""Measure routines that call routines: fib(16), two calls in every call."""

from time import perf_counter

import wool
from benchmarks import harness, loops
from benchmarks.metrics import RAW, WOOL
from benchmarks.raw import open_raw
from benchmarks.results import Results
from benchmarks.routines import fib

N = 16
ANSWER = 987
CALLS = 3193


async def measure(settings: harness.Settings) -> Results:
    """Time fib(16) and its calls a second, beside raw ping-pong."""
    results = Results()
    async with open_raw() as raw, wool.WorkerPool(size=2):
        assert await fib(N) == ANSWER
        for _ in range(settings.rounds):
            latencies = await loops.sequential(raw.ping, settings.seconds)
            results.add("nested_rate", RAW, len(latencies) / sum(latencies))
            start = perf_counter()
            await fib(N)
            spent = perf_counter() - start
            results.add("nested", WOOL, spent)
            results.add("nested_rate", WOOL, CALLS / spent)
    return results


if __name__ == "__main__":
    harness.main("nested", measure)
