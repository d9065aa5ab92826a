"""An async generator: its values arrive one by one, while it runs."""

import asyncio

import wool


@wool.routine
async def fib(n: int):
    a, b = 0, 1
    for _ in range(n):
        yield a
        a, b = b, a + b


async def main():
    async with wool.WorkerPool(size=1):
        async for value in fib(10):
            print(value, end=" ")
        print()

        # The worker may run ahead of the loop, here by as many as 64 values.
        print(sum([value async for value in fib.options(prefetch=64)(50)]))


asyncio.run(main())
