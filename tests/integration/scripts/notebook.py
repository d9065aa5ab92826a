"""Cells in a loop that runs all the time, as in a notebook."""

from __future__ import annotations

import asyncio
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

CELLS = [
    """
import wool

class OwnError(Exception):
    pass

factor = 2

@wool.routine
async def scaled(number):
    if number < 0:
        raise OwnError(number)
    return number * factor

pool = wool.WorkerPool(size=1)
_ = await pool.__aenter__()
""",
    "print(await pool.run(scaled, 21))",
    "factor = 3",
    "print(await pool.run(scaled, 21))",
    """
try:
    await pool.run(scaled, -1)
except OwnError as exc:
    print("OwnError", exc.args)
""",
    """
@wool.routine
async def scaled(number):
    return f"anew {number * factor}"
""",
    "print(await pool.run(scaled, 21))",
    """
@wool.routine
async def count(to):
    for number in range(to):
        yield await scaled(number)

with pool.active():
    print([text async for text in count(2)])
""",
    "_ = await pool.__aexit__(None, None, None)",
    """
async with wool.WorkerPool(size=1):
    print(await scaled(1))
""",
]


async def main() -> None:
    shell: Any = InteractiveShell.instance()
    for cell in CELLS:
        outcome = await shell.run_cell_async(cell, transformed_cell=cell)
        outcome.raise_error()


if __name__ == "__main__":
    asyncio.run(main())
