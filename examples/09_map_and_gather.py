"""Many calls with a bound on what is in flight, and a bar that shows how far they are."""

import asyncio
import importlib.util

import wool


@wool.routine
async def square(x: int) -> int:
    return x * x


@wool.routine
async def power(base: int, exponent: int) -> int:
    return base**exponent


async def main():
    # The bar, drawn on standard error, needs the extra `wool[progress]`.
    bar = importlib.util.find_spec("rich") is not None

    async with wool.WorkerPool(size=2):
        print([y async for y in wool.map(square, range(10), limit=4, progress=bar)])
        print([y async for y in wool.map(power, [2, 3, 5], [10, 4, 3])])

        # As they are ready, in whatever order that is.
        print(sum([y async for y in wool.map(square, range(1000), ordered=False)]))

        print(await wool.gather(square(3), power(2, 16), square(5)))


asyncio.run(main())
