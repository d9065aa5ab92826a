"""Keep a hybrid pool open, for others to find, until the standard input ends."""

from __future__ import annotations

import asyncio
import sys

from neighbour_routines import nested_pids

import wool
from wool.runtime.discovery.local import LocalDiscovery


async def main() -> None:
    async with wool.WorkerPool("neighbour", size=2, discovery=LocalDiscovery(sys.argv[1])) as pool:
        print("open", *sorted(worker.pid for worker in pool.workers), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line == "call\n":
                pids = {pid for _ in range(6) for pid in await nested_pids()}
                print("called", *sorted(pids), flush=True)
    print("closed", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
