"""Workers that are started from a shell, found by pools, and left running by them."""

import asyncio
import os
import subprocess
import sys

import wool

NAMESPACE = f"example-{os.getpid()}"


def wool_worker(*flags):
    """Do what `wool-worker --port 0 ... &` does in a shell."""
    common = ("--port", "0", "--announce", f"local:{NAMESPACE}", "--log-level", "warning")
    return subprocess.Popen([sys.executable, "-m", "wool_worker", *common, *flags])


@wool.routine
async def where() -> int:
    return os.getpid()


async def main():
    small = wool_worker("--tag", "cpu", "--max-tasks", "4")
    large = wool_worker("--tag", "gpu", "--grace", "5")
    try:
        discovery = wool.LocalDiscovery(NAMESPACE)
        async with wool.WorkerPool(discovery=discovery, quorum=2):
            pids = {await where() for _ in range(4)}
            print("both work:", pids == {small.pid, large.pid})

        async with wool.WorkerPool("gpu", discovery=discovery) as pool:
            print("the large one:", await where() == large.pid)
            (worker,) = pool.workers
            print("tags:", sorted(worker.tags))
    finally:
        small.terminate()
        large.terminate()
    print("exit codes:", small.wait(), large.wait())


asyncio.run(main())
