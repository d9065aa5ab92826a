"""What is done over and over costs no memory."""

from __future__ import annotations

import json

import pytest
from memory import MIB
from programs import program

ALLOWED = 8 * MIB
"""Far below what one piece left behind per call, or one large value, would take."""


@pytest.mark.parametrize(
    "kind",
    [
        "calls",
        "failures",
        "iterations",
        "cancellations",
        "new functions",
        "changing function",
        "refused transfers",
        "cancelled transfers",
        "cancelled results",
    ],
)
async def test_memory_stays_flat(kind: str) -> None:
    """Client and worker grow by less than 8 MiB while they do the same things four times more."""
    async with program("flat.py", kind) as process:
        output, _ = await process.communicate()

    growth: dict[str, int] = json.loads(output)
    assert growth["client"] < ALLOWED, growth
    assert growth["worker"] < ALLOWED, growth
