"""The module that is run."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import wool
from shop.prices import Refused, price_of


@dataclass
class Bill:
    total: int


@wool.routine
async def bill_for(*names: str) -> Bill:
    return Bill(sum(await wool.gather(*(price_of(name) for name in names))))


async def main() -> None:
    async with wool.WorkerPool(size=1):
        bill = await bill_for("ab", "cde")
        print(__name__, __package__, type(bill) is Bill, bill.total)
        try:
            await bill_for("")
        except Refused as exc:
            print("Refused:", exc)


if __name__ == "__main__":
    asyncio.run(main())
