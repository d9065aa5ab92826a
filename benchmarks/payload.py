"""Measure how fast large values go to a worker and back."""

import os
from collections.abc import Iterator

import numpy as np

import wool
from benchmarks import harness, loops
from benchmarks.metrics import RAW, WOOL
from benchmarks.raw import open_raw
from benchmarks.results import Results
from benchmarks.routines import echo

MEGABYTES = (1, 10, 100)


def payloads() -> Iterator[tuple[str, object, int]]:
    """Yield kind and size, value, and size in bytes of everything to be echoed."""
    for megabytes in MEGABYTES:
        size = megabytes * 1_000_000
        value = os.urandom(size)
        yield f"bytes_{megabytes}", value, size
        yield f"array_{megabytes}", np.frombuffer(value, dtype=np.uint8).copy(), size


async def measure(settings: harness.Settings) -> Results:
    """Echo bytes and NumPy arrays, beside raw gRPC in chunks of 256 KiB."""
    results = Results()
    async with open_raw() as raw, wool.WorkerPool(size=2):
        for _ in range(settings.rounds):
            for kind, value, size in payloads():
                for system, call in ((RAW, raw.echo), (WOOL, echo)):
                    rate = await loops.echoes(call, value, size, settings.seconds)
                    results.add(f"echo_{kind}", system, rate)
    return results


if __name__ == "__main__":
    harness.main("payload", measure)
