"""What routines print comes out here, in whole lines."""

from __future__ import annotations

import asyncio
import os
import sys

import wool

LINES = 200
WIDTH = 120


@wool.routine
async def talk(name: str) -> None:
    """Print lines in pieces, to both streams, and let others in between."""
    for number in range(LINES):
        print(f"<{name} {number} ", end="")
        print("x" * WIDTH, end="")
        print(">")
        if number % 20 == 0:
            print(f"<{name} {number} err>", file=sys.stderr)
            await asyncio.sleep(0)


@wool.routine
async def talk_past_python() -> None:
    """Write to the descriptor itself, and end without a newline."""
    os.write(1, "<raw ä>\n".encode())
    print("no newline at the end", end="")


async def main() -> None:
    async with wool.WorkerPool(size=2):
        async with asyncio.TaskGroup() as group:
            for name in ("a", "b", "c", "d"):
                group.create_task(talk(name))
        await talk_past_python()
    print("<end>")


if __name__ == "__main__":
    asyncio.run(main())
