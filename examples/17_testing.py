"""Test routines without processes: they run in place, on copies of their arguments."""

import asyncio
import os

import wool
from wool.testing import inline


@wool.routine
async def total(prices: list[int]) -> int:
    prices.sort()  # on a copy, as on a worker
    if prices[0] < 0:
        raise ValueError(f"a negative price: {prices[0]}")
    return sum([await with_tax(price) for price in prices])


@wool.routine
async def with_tax(price: int) -> int:
    return price * 120 // 100


async def checkout(pool, prices: list[int]) -> str:
    """The code under test; in production it is given a WorkerPool."""
    return f"{await pool.run(total, prices)} cents"


async def test_taxes_are_added() -> None:
    prices = [500, 100]
    with inline() as pool:
        assert await checkout(pool, prices) == "720 cents"
    assert prices == [500, 100]


async def test_negative_prices_are_refused() -> None:
    error = None
    with inline():
        try:
            await total([100, -1])
        except ValueError as e:
            error = e
    assert error is not None
    assert isinstance(error.__cause__, wool.TaskException)


async def test_everything_ran_here() -> None:
    with inline() as pool:
        assert [worker.pid for worker in pool.workers] == [os.getpid()]


# pytest with pytest-asyncio finds these by itself.
for test in (test_taxes_are_added, test_negative_prices_are_refused, test_everything_ran_here):
    asyncio.run(test())
    print("passed:", test.__name__)
