"""Have a pool that starts a worker and announces it to the network, until standard input ends."""

import asyncio
import sys

import wool
from wool.runtime.discovery.lan import LanDiscovery


async def main() -> None:
    """Start one worker, and say so in a line."""
    async with wool.WorkerPool(size=1, discovery=LanDiscovery()):
        print("started", flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
