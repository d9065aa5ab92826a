"""Routines that tell where they run."""

from __future__ import annotations

import os

import wool


@wool.routine
async def where() -> int:
    return os.getpid()


@wool.routine
async def nested_pids(times: int = 3) -> set[int]:
    """Return where this runs, and where its own calls do."""
    return {os.getpid(), *[await where() for _ in range(times)]}
