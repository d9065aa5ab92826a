"""Routines that commands are asked about."""

from __future__ import annotations

import asyncio

import wool


@wool.routine
async def nap(seconds: float) -> None:
    """Take that long."""
    await asyncio.sleep(seconds)


@wool.routine
async def fail() -> None:
    """Raise."""
    raise ValueError("as asked")


@wool.routine(tags=["gpu"])
async def render() -> None:
    """Run on a worker with the tag alone."""


class Studio:
    """Has a routine of its own."""

    @wool.routine
    async def paint(self) -> None:
        """Do nothing."""


async def plain() -> None:
    """Be no routine."""
