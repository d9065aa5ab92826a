"""Run a routine that leaves a task behind."""

import asyncio

import wool


@wool.routine
async def careless() -> None:
    async def linger() -> None:
        try:
            print("began", flush=True)
            await asyncio.get_running_loop().create_future()
        finally:
            print("cleaned up", flush=True)

    globals()["kept"] = asyncio.create_task(linger())
    await asyncio.sleep(0)


async def main() -> None:
    async with wool.WorkerPool(size=1):
        await careless()
    print("closed", flush=True)


asyncio.run(main())
