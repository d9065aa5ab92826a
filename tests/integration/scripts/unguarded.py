"""A script that does everything at the top, without a guard."""

import asyncio

import wool

print("begins")


@wool.routine
async def add(x: int, y: int) -> int:
    return x + y


async def main() -> None:
    async with wool.WorkerPool(size=2):
        print(await add(1, 2))


asyncio.run(main())
print("ends")
