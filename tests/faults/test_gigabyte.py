"""A value of a gigabyte passes, and costs little beyond its own size."""

from __future__ import annotations

import json

import pytest
from memory import MIB
from programs import program

BEYOND = 64 * MIB


@pytest.mark.parametrize("kind", ["bytes", "numpy"])
async def test_a_gigabyte_passes(kind: str) -> None:
    """As argument and as result it takes at most 64 MiB more than its size, on either side."""
    async with program("gigabyte.py", kind) as process:
        output, _ = await process.communicate()

    costs: dict[str, float] = json.loads(output)
    assert {what: cost for what, cost in costs.items() if "," in what and cost > BEYOND} == {}
