"""A script that uses a module beside it."""

from __future__ import annotations

import asyncio

import beside_helper
from beside_helper import HelperError, Price, doubled, plain

import wool


@wool.routine
async def added(amount: int) -> int:
    """Call what a module beside the script defines, routine and function."""
    price = await doubled(Price(plain(amount)))
    return beside_helper.plain(price.amount)


async def main() -> None:
    async with wool.WorkerPool(size=1):
        price = await doubled(Price(4))
        print(type(price) is Price, price.amount)
        print(await added(4))
        try:
            await doubled(Price(-1))
        except HelperError as exc:
            print("HelperError:", exc)


if __name__ == "__main__":
    asyncio.run(main())
