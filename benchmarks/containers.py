"""Measure the time from nothing to a first result in containers, beside processes."""

import argparse
import asyncio
import json
import statistics
import warnings
from collections.abc import Callable
from functools import partial
from time import perf_counter

import wool
from benchmarks.harness import RESULTS, Settings, environment
from benchmarks.tables import figure, plain_table
from wool.runtime.worker.docker import DockerWorker

Make = Callable[..., wool.WorkerLike]

SIZES = (1, 8)


async def measure(kinds: dict[str, Make], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every round, by the size of the pool and the kind of worker."""
    seconds: dict[str, list[float]] = {}
    for _ in range(rounds):
        for size in SIZES:
            for kind, make in kinds.items():
                seconds.setdefault(f"{size} {kind}", []).append(await _start_pool(make, size))
    return seconds


async def _start_pool(worker: Make, size: int) -> float:
    # By value, for no image has the modules of benchmarks.
    @wool.routine
    async def noop(value: int) -> int:
        return value

    start = perf_counter()
    async with wool.WorkerPool(size=size, worker=worker):
        await noop(1)
        return perf_counter() - start


def table(seconds: dict[str, list[float]]) -> str:
    """Return the medians, with the fastest and the slowest round."""
    rows = [("pool of", "median s", "fastest", "slowest")]
    for kind, values in seconds.items():
        median = statistics.median(values)
        rows.append((kind, figure(median), figure(min(values)), figure(max(values))))
    return plain_table(rows)


def main() -> None:
    """Measure with the image and the network of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.containers")
    parser.add_argument("--image", default="wool-worker:latest")
    parser.add_argument("--network", default="wool")
    parser.add_argument("--rounds", type=int, default=Settings().rounds)
    options = parser.parse_args()
    # The network is this machine's own.
    warnings.simplefilter("ignore", wool.InsecureWorkerWarning)
    containers = partial(DockerWorker, image=options.image, network=options.network)
    kinds: dict[str, Make] = {"LocalWorker": wool.LocalWorker, "DockerWorker": containers}
    seconds = asyncio.run(measure(kinds, options.rounds))
    print(table(seconds))
    document = {"benchmark": "containers", "environment": environment(), "seconds": seconds}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "containers.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
