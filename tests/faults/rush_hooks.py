"""Hooks, with what they are asked about, for workers that many clients rush at."""

from __future__ import annotations

import asyncio
import random

from wool_common.backpressure import BackpressureContext, Refusal

PLACES = 7


def sync_limit(context: BackpressureContext) -> bool:
    return context.active_task_count >= PLACES


async def async_limit(context: BackpressureContext) -> bool:
    """Look at the count first, and take some turns of the loop before answering."""
    is_full = context.active_task_count >= PLACES
    for _ in range(random.randrange(4)):
        await asyncio.sleep(0)
    return is_full


async def never(context: BackpressureContext) -> bool:
    return await asyncio.get_running_loop().create_future()


class Limit:
    """A hook with a state of its own; made without arguments."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, context: BackpressureContext) -> Refusal | bool:
        """Say in a refusal how often it was asked."""
        self.asked += 1
        return context.active_task_count >= PLACES and Refusal(f"asked {self.asked}", 1.5)


class Census:
    """How many tasks have run here at the same time."""

    now = 0
    most = 0


async def stay() -> None:
    """Be counted until cancelled."""
    Census.now += 1
    Census.most = max(Census.most, Census.now)
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        Census.now -= 1


async def hasten() -> None:
    """Be counted for some turns of the loop."""
    Census.now += 1
    Census.most = max(Census.most, Census.now)
    for _ in range(random.randrange(20)):
        await asyncio.sleep(0)
    Census.now -= 1


async def most_at_once() -> int:
    return Census.most
