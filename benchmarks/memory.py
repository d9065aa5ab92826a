"""Measure what a large value, then very many calls, cost in memory (Linux)."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

import wool
from benchmarks import harness
from benchmarks.metrics import RAW, WOOL
from benchmarks.raw import open_raw
from benchmarks.results import Results
from benchmarks.routines import forget_peak, memory, noop, produce, reset_peak, resident, swallow

SIZE = 1 << 30
KIB_PER_MIB = 1024
IN_FLIGHT = 64
SETTLED_SHARE = 0.1

Figures = dict[str, float]


async def probe_raw_argument(calls: int) -> Figures:
    """Send 1 GiB to a raw server in chunks."""
    async with open_raw() as raw:
        await raw.swallow(b"warm")
        value = b"\x01" * SIZE
        return {"argument_caller": await _peak_of(lambda: raw.swallow(value))}


async def probe_argument(calls: int) -> Figures:
    """Send 1 GiB to a routine."""
    async with wool.WorkerPool(size=1):
        await swallow(b"warm")
        value = b"\x01" * SIZE
        await forget_peak()
        _, before, _ = await memory()
        caller = await _peak_of(lambda: swallow(value))
        _, _, peak = await memory()
        worker = (peak - before - SIZE / 1024) / KIB_PER_MIB
        return {"argument_caller": caller, "argument_worker": worker}


async def probe_result(calls: int) -> Figures:
    """Receive 1 GiB from a routine."""
    async with wool.WorkerPool(size=1):
        await produce(1)
        beyond = await _peak_of(lambda: produce(SIZE))
        return {"result_caller": beyond - SIZE / 1024 / KIB_PER_MIB}


async def probe_growth(calls: int) -> Figures:
    """Make very many calls; compare the memory early on with the memory at the end."""
    async with wool.WorkerPool(size=2):
        await _call(int(calls * SETTLED_SHARE))
        caller, workers = resident()[0], await _workers()
        await _call(calls - int(calls * SETTLED_SHARE))
        caller_after, workers_after = resident()[0], await _workers()
    growth = max(workers_after[pid] - workers[pid] for pid in workers)
    return {
        "growth_caller": (caller_after - caller) / KIB_PER_MIB,
        "growth_worker": growth / KIB_PER_MIB,
    }


PROBES = {
    "raw-argument": (RAW, probe_raw_argument),
    "argument": (WOOL, probe_argument),
    "result": (WOOL, probe_result),
    "growth": (WOOL, probe_growth),
}


async def measure(rounds: int, calls: int) -> Results:
    """Run every probe in a process of its own, in turn, *rounds* times."""
    results = Results()
    for _ in range(rounds):
        for name, (system, _) in PROBES.items():
            for metric, value in (await _in_new_process(name, calls)).items():
                results.add(metric, system, value)
    return results


async def _in_new_process(probe: str, calls: int) -> Figures:
    command = (sys.executable, "-m", "benchmarks.memory", "--probe", probe, "--calls", str(calls))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the probe {probe} ended with {process.returncode}")
    return json.loads(output.splitlines()[-1])


async def _peak_of(call: Callable[[], Awaitable[object]]) -> float:
    reset_peak()
    before, _ = resident()
    await call()
    _, peak = resident()
    return (peak - before) / KIB_PER_MIB


async def _call(calls: int) -> None:
    async def lane() -> None:
        for _ in range(calls // IN_FLIGHT):
            await noop(1)

    await asyncio.gather(*(lane() for _ in range(IN_FLIGHT)))


async def _workers() -> dict[int, int]:
    found = [await memory() for _ in range(4)]
    return {pid: kib for pid, kib, _ in found}


def main() -> None:
    """Run one probe if asked for, else all of them and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--probe", choices=PROBES)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", default=harness.RESULTS / "memory.json")
    options = parser.parse_args()
    if options.probe:
        _, probe = PROBES[options.probe]
        print(json.dumps(asyncio.run(probe(options.calls))))
        return
    results = asyncio.run(measure(options.rounds, options.calls))
    print(harness.against_raw(results))
    settings = harness.Settings(rounds=options.rounds, seconds=0.0)
    harness.save(options.json, "memory", settings, results, calls=options.calls)


if __name__ == "__main__":
    main()
