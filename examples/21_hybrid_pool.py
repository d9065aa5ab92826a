"""Pools that start workers and share them: each uses those of the others, too."""

import asyncio
import os
import warnings

import wool

# As in the example before: only where everybody on the network is trusted.
warnings.simplefilter("ignore", wool.InsecureWorkerWarning)


@wool.routine
async def my_routine() -> int:
    return os.getpid()


async def everywhere(pool, workers):
    """Wait until *pool* knows so many workers, and see whether each runs the routine."""
    while len(pool.workers) < workers:
        await asyncio.sleep(0.01)
    pids = set(await wool.gather(*(my_routine() for _ in range(4 * workers))))
    return pids == {worker.pid for worker in pool.workers}


async def main():
    namespace = f"hybrid-{os.getpid()}"

    async with wool.WorkerPool(size=1, discovery=wool.LocalDiscovery(namespace)) as one:
        async with wool.WorkerPool(size=2, discovery=wool.LocalDiscovery(namespace)) as two:
            print("three together:", await everywhere(two, 3))

        # The other pool's workers were dropped before they stopped.
        with one.active():
            print("one is left:", await my_routine() == one.workers[0].pid)

    async with wool.WorkerPool(size=4, discovery=wool.LanDiscovery()):
        result = await my_routine()
    print("on the network:", result != os.getpid())


asyncio.run(main())
