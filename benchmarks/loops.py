"""The timing loops every system is put through."""

import asyncio
import math
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from time import perf_counter

Call = Callable[[int], Awaitable[object]]
Items = Callable[[int], AsyncIterator[object]]
Echo = Callable[[object], Awaitable[object]]

WARM_UP_SHARE = 0.2
FEWEST_CALLS = 50
FEWEST_ITEMS = 200
FEWEST_ECHOES = 3


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that *share* of *values* do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


async def sequential(call: Call, seconds: float) -> list[float]:
    """Await one call after the other for *seconds*; return each latency."""
    await _repeat(call, seconds * WARM_UP_SHARE)
    return await _repeat(call, seconds)


async def flood(call: Call, seconds: float, in_flight: int) -> float:
    """Keep *in_flight* calls under way for *seconds*; return calls per second."""
    await _flood(call, seconds * WARM_UP_SHARE, in_flight)
    return await _flood(call, seconds, in_flight)


async def drain(items: Items, seconds: float) -> float:
    """Read a generator of a length that takes about *seconds*; return items per second."""
    rate = await _drain(items, FEWEST_ITEMS)
    rate = await _drain(items, max(FEWEST_ITEMS, int(rate * seconds * WARM_UP_SHARE)))
    return await _drain(items, max(FEWEST_ITEMS, int(rate * seconds)))


async def echoes(echo: Echo, value: object, size: int, seconds: float) -> float:
    """Send *value* there and back for *seconds*; return the median MB/s, counted one way."""
    spent: list[float] = []
    await echo(value)
    end = perf_counter() + seconds
    while len(spent) < FEWEST_ECHOES or perf_counter() < end:
        start = perf_counter()
        answer = await echo(value)
        spent.append(perf_counter() - start)
        if len(memoryview(answer).cast("B")) != size:  # type: ignore[arg-type]
            raise AssertionError("the echo is not the value that was sent")
        del answer
    return size / 1e6 / statistics.median(spent)


async def _repeat(call: Call, seconds: float) -> list[float]:
    latencies: list[float] = []
    end = perf_counter() + seconds
    while len(latencies) < FEWEST_CALLS or perf_counter() < end:
        start = perf_counter()
        await call(1)
        latencies.append(perf_counter() - start)
    return latencies


async def _flood(call: Call, seconds: float, in_flight: int) -> float:
    start = perf_counter()
    end = start + seconds

    async def lane() -> int:
        done = 0
        while perf_counter() < end:
            await call(1)
            done += 1
        return done

    counts = await asyncio.gather(*(lane() for _ in range(in_flight)))
    return sum(counts) / (perf_counter() - start)


async def _drain(items: Items, count: int) -> float:
    received = 0
    start = perf_counter()
    async for _ in items(count):
        received += 1
    spent = perf_counter() - start
    if received != count:
        raise AssertionError(f"asked for {count} items, received {received}")
    return count / spent
