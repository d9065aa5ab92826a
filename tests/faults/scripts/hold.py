"""Have routines run until somebody ends this program; `hold.py EAR KIND`."""

import asyncio
import sys

import fault_routines as routines

import wool


async def hold(ear: str, kind: str) -> None:
    async with wool.WorkerPool(size=2) as pool:
        while len(pool.workers) < 2:
            await asyncio.sleep(0.01)
        for worker in pool.workers:
            routines.report(ear, "worker", worker.pid)
        calls = [one_call(ear, kind, key) for key in range(8)]
        routines.report(ear, "holding")
        try:
            await asyncio.gather(*calls)
        except asyncio.CancelledError:
            routines.report(ear, "interrupted")
            raise


async def one_call(ear: str, kind: str, key: int) -> None:
    if kind == "hang":
        await routines.hang(ear, key)
    elif kind == "drip":
        async for _ in routines.drip(ear, key):
            pass
    elif kind == "nested":
        await routines.nested_hang(ear, key)
    elif kind == "block":
        await routines.block(ear, 30.0)
    else:
        await routines.stubborn(ear)


if __name__ == "__main__":
    asyncio.run(hold(sys.argv[1], sys.argv[2]))
    print("held to the end")
