"""Pools that start no workers, and use those that are already there."""

import asyncio
import os
import warnings

import wool

# Without credentials, whoever reaches a worker on the network can run code in it. For a
# network that everybody on it is trusted with, this says so; otherwise see docs/security.md.
warnings.simplefilter("ignore", wool.InsecureWorkerWarning)


@wool.routine
async def my_routine() -> str:
    return "done"


async def on_this_machine():
    namespace = f"durable-{os.getpid()}"

    # Whoever has workers announces them: another process, or `wool-worker --announce`.
    async with wool.WorkerPool("gpu", size=2, discovery=wool.LocalDiscovery(namespace)):
        discovery = wool.LocalDiscovery(namespace)
        async with wool.WorkerPool(discovery=discovery, quorum=2, lazy=False) as pool:
            print(await my_routine(), "by one of", len(pool.workers))

        # Tags select among them, and a lease takes no more than so many at a time.
        async with wool.WorkerPool("gpu", discovery=discovery, lease=1) as pool:
            print(await my_routine(), "by one of", len(pool.workers))


async def on_the_network():
    async with wool.WorkerPool(size=1, discovery=wool.LanDiscovery()):
        async with wool.WorkerPool(discovery=wool.LanDiscovery()):
            result = await my_routine()
        print(result)


async def main():
    await on_this_machine()
    await on_the_network()


asyncio.run(main())
