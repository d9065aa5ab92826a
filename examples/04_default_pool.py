"""A pool without arguments: one private worker for each processor."""

import asyncio
import os

import wool


@wool.routine
async def my_routine() -> int:
    return os.getpid()


async def main():
    async with wool.WorkerPool():
        result = await my_routine()

    print("ran in this process:", result == os.getpid())


asyncio.run(main())
