"""A generator on a worker takes values, exceptions and its end, as a local one does."""

import asyncio

import wool


class Reset(Exception):
    pass


@wool.routine
async def running_mean():
    total, count, mean = 0.0, 0, None
    try:
        while True:
            try:
                value = yield mean
            except Reset:
                total, count, mean = 0.0, 0, None
                continue
            total, count = total + value, count + 1
            mean = total / count
    finally:
        print("cleaned up on the worker")


async def main():
    async with wool.WorkerPool(size=1):
        means = running_mean()
        await anext(means)  # run to the first yield
        for value in (1, 2, 6):
            print(await means.asend(value))
        print(await means.athrow(Reset))
        print(await means.asend(40))
        await means.aclose()


asyncio.run(main())
