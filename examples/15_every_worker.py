"""Run a routine once on every worker, e.g. to import what later calls will need."""

import asyncio
import importlib
import os
import sys

import wool


@wool.routine
async def load(module: str) -> int:
    importlib.import_module(module)
    return os.getpid()


@wool.routine
async def has(module: str) -> tuple[int, bool]:
    return os.getpid(), module in sys.modules


async def main():
    async with wool.WorkerPool(size=3) as pool:
        pids = await pool.broadcast(load, "wave")
        print(len(pids), "workers, all of them the pool's:", set(pids) == uids(pool))

        # One worker, chosen by hand.
        worker = pool.workers[0]
        pid, loaded = await has.options(worker=worker)("wave")
        print("ran where it was told to:", pid == worker.pid == pids[worker.uid])
        print("found the module loaded:", loaded)


def uids(pool: wool.WorkerPool) -> set[str]:
    return {worker.uid for worker in pool.workers}


asyncio.run(main())
