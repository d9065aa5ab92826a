"""An exception keeps its type, and shows where on the worker it was raised."""

import asyncio
import traceback

import wool


class OutOfStock(Exception):
    def __init__(self, item: str, wanted: int) -> None:
        super().__init__(f"{wanted} x {item}")
        self.item = item
        self.wanted = wanted


@wool.routine
async def my_routine():
    raise ValueError("no such thing")


@wool.routine
async def order(item: str, wanted: int) -> None:
    raise OutOfStock(item, wanted)


async def main():
    async with wool.WorkerPool(size=1):
        try:
            result = await my_routine()
        except ValueError as e:
            print(f"Task failed: {e}")

        # Classes of this script come back as themselves, with their attributes.
        try:
            await order("apple", 12)
        except OutOfStock as e:
            print(type(e) is OutOfStock, e.item, e.wanted)
            print("raised in", traceback.extract_tb(e.__traceback__)[-1].name)
            print(type(e.__cause__).__name__, "says", e.__cause__.type)


asyncio.run(main())
