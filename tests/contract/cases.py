"""What tests of single cases have in common: two halves, and what a call has heard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from contract_routines import OnCancel, Plan
from halves import Halves, HeardCall
from virtual_time import VirtualLoop

from wool_common import frames as f
from wool_common.backpressure import BackpressureLike
from wool_common.pickling.values import load

LONG = 3600.0
QUICK = Plan((0.0,), OnCancel.OBEY, 0.0, fails=False)
SLOW = QUICK._replace(waits=(LONG,))


async def ended(call: HeardCall) -> HeardCall:
    """Return *call* once it has heard of its end."""
    async with asyncio.timeout(LONG / 2):
        while call.end is None:
            await call.more()
    return call


async def yielded(call: HeardCall) -> object:
    """Return the next value of a generator."""
    async with asyncio.timeout(LONG / 2):
        while not call.heard:
            assert call.end is None
            await call.more()
    return loaded(call.heard.popleft().value)


def loaded(payload: f.Payload) -> object:
    """Return a value that came in one piece."""
    assert isinstance(payload, bytes)
    return load(payload)


def kinds(call: HeardCall) -> list[type[Any]]:
    """Return what *call* has heard, in order."""
    return [type(frame) for frame in call.all_heard]


def conversation(
    test: Callable[[Halves], Awaitable[None]], hook: BackpressureLike | None = None
) -> Callable[[], None]:
    """Make a test of *test*, which gets two halves; no time passes but what it waits for."""

    async def main() -> None:
        halves = Halves(asyncio.get_running_loop(), hook=hook)
        await test(halves)
        assert halves.blames == []
        assert halves.worker.docket.load() == f.Load(0, 0)
        halves.close()

    def run() -> None:
        assert VirtualLoop().run(main) == []

    run.__doc__ = test.__doc__
    return run
