"""Hooks of every kind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from notes import note

import wool
from wool import BackpressureContext, Refusal


def refuse(context: BackpressureContext, answer: bool = True) -> bool:
    return answer


async def refuse_later(context: BackpressureContext, answer: bool = True) -> bool:
    await asyncio.sleep(0.001)
    return answer


class Turnstile:
    """An object that is a hook."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer

    def __call__(self, context: BackpressureContext) -> bool:
        """Answer what it was told to."""
        return self.answer

    def ask(self, context: BackpressureContext) -> bool:
        """Answer as well."""
        return self.answer


class Patient:
    """An object that is an async hook."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer

    async def __call__(self, context: BackpressureContext) -> bool:
        """Answer what it was told to, a little later."""
        await asyncio.sleep(0.001)
        return self.answer


def tell_all(context: BackpressureContext) -> Refusal:
    kinds = f"{type(context).__name__} {context.active_task_count} {type(context.task).__name__}"
    return Refusal(f"{kinds} {context.task.tag}")


def tell_count(context: BackpressureContext) -> Refusal | bool:
    count = context.active_task_count
    return count > 0 and Refusal(f"{count} active")


def at_most(most: int) -> Callable[[BackpressureContext], bool]:
    return lambda context: context.active_task_count >= most


def first_word() -> Callable[[BackpressureContext], Refusal]:
    """Return a hook that counts its calls."""
    calls = 0

    def hook(context: BackpressureContext) -> Refusal:
        nonlocal calls
        calls += 1
        return Refusal(f"call {calls}")

    return hook


@wool.routine
async def block(log: str, seconds: float) -> None:
    """Keep the loop that runs routines from everything else."""
    note(log, "blocks")
    time.sleep(seconds)
