"""Call routines on the workers that are found on the network, and write what came back."""

import asyncio
import sys
from pathlib import Path

import wool
from wool.runtime.discovery.lan import LanDiscovery


@wool.routine
async def whereabouts() -> str:
    """Return the network namespace this runs in."""
    return str(Path("/proc/self/ns/net").readlink())


async def main(tags: list[str]) -> None:
    """Ask each of the workers with one of *tags*, once for each line of standard input."""
    async with wool.WorkerPool(*tags, discovery=LanDiscovery(), quorum=1) as pool:
        for _ in sys.stdin:
            try:
                answers = sorted({await whereabouts() for _ in range(8)})
            except wool.WorkerLost:
                answers = ["lost"]
            print(*answers, len(pool.workers), flush=True)


asyncio.run(main(sys.argv[1:]))
