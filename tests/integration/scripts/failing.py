"""An error of the script's own, within a loop over a generator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import wool


@wool.routine
async def count(to: int) -> AsyncGenerator[int]:
    for number in range(to):
        yield number


async def main() -> None:
    async with wool.WorkerPool(size=2):
        async for number in count(100):
            if number == 3:
                raise ValueError("the script's own")


if __name__ == "__main__":
    asyncio.run(main())
