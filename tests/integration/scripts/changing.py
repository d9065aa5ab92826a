"""What a script changes between two calls, the second call sees."""

from __future__ import annotations

import asyncio

import wool

factor = 2
offsets = [1]


def shift(number: int) -> int:
    return number + offsets[-1]


class Settings:
    scale = 1


@wool.routine
async def compute(number: int) -> int:
    return shift(number) * factor * Settings.scale


@wool.routine
async def nested(number: int) -> int:
    return await compute(number)


def other_shift(number: int) -> int:
    return number - 1


async def main() -> None:
    global factor, shift  # noqa: PLW0603 - what this script is about
    async with wool.WorkerPool(size=2):
        print(await compute(10), await nested(10))
        factor = 3
        print(await compute(10), await nested(10))
        offsets.append(5)
        print(await compute(10), await nested(10))
        Settings.scale = 10
        print(await compute(10), await nested(10))
        shift = other_shift
        print(await compute(10), await nested(10))


if __name__ == "__main__":
    asyncio.run(main())
