"""Large arrays travel in pieces, without being copied on the way out."""

import asyncio

import numpy as np

import wool


@wool.routine
async def normalized(a: np.ndarray) -> np.ndarray:
    return (a - a.mean()) / a.std()


@wool.routine
async def blocks(a: np.ndarray, count: int):
    for block in np.array_split(a, count):
        yield block.sum()


async def main():
    a = np.arange(4_000_000, dtype=np.float64)  # 32 MB

    async with wool.WorkerPool(size=2):
        b = await normalized(a)
        print(b.shape, b.dtype, abs(b.mean()) < 1e-9, round(float(b.std()), 6))
        print([int(s) async for s in blocks(a, 4)])


asyncio.run(main())
