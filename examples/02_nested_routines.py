"""A routine that calls itself: its calls go from worker to worker."""

import asyncio

import wool


@wool.routine
async def fib(n: int) -> int:
    if n <= 1:
        return n
    async with asyncio.TaskGroup() as tg:
        a = tg.create_task(fib(n - 1))
        b = tg.create_task(fib(n - 2))
    return a.result() + b.result()


async def main():
    async with wool.WorkerPool(size=2):
        print(await fib(10))


asyncio.run(main())
