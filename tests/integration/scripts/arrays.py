"""NumPy arrays cross whole and stay writable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np

import wool


@wool.routine
async def echo(value: Any) -> Any:
    return value


@wool.routine
async def negate(array: Any) -> Any:
    """Change the argument in place and return it."""
    np.negative(array, out=array)
    return array


@wool.routine
async def rows(array: Any) -> AsyncGenerator[Any]:
    for row in array:
        yield row


async def main() -> None:
    generator = np.random.default_rng(1)
    big = generator.standard_normal((1000, 1500))
    made = {
        "big": big,
        "small": np.arange(3),
        "fortran": np.asfortranarray(big[:700]),
        "strided": big[::3, ::2],
        "empty": np.empty((0, 3)),
        "scalar": np.array(3.5),
        "records": np.array([(1, 2.5), (2, 3.5)], dtype=[("a", "i4"), ("b", "f8")]),
        "texts": np.array(["a", "bc"]),
        "objects": np.array([{"a": 1}, None], dtype=object),
    }
    async with wool.WorkerPool(size=1):
        for name, array in made.items():
            back = await echo(array)
            same = np.array_equal(back, array) and back.dtype == array.dtype
            print(name, same, back.flags.writeable, back is not array)
        negated = await negate(big)
        negated += 1
        print("negated", np.array_equal(negated, 1 - big))
        taken = [row async for row in rows(big[:5])]
        print("rows", np.array_equal(np.stack(taken), big[:5]))
        both = await echo([big, big])
        print("shared", both[0] is both[1])


if __name__ == "__main__":
    asyncio.run(main())
