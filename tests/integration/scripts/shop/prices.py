"""A module of the package."""

from __future__ import annotations

import wool


class Refused(Exception):
    """No price for that."""


@wool.routine
async def price_of(name: str) -> int:
    if not name:
        raise Refused("no name")
    return len(name)
