"""What must be done to its end is, however often its caller is cancelled."""

from __future__ import annotations

import asyncio

from wool.runtime.worker.docker_container import undisturbed


async def test_who_is_cancelled_twice_still_waits() -> None:
    """The cancellation is heard once everything is done."""
    over = asyncio.Event()
    done: list[str] = []

    async def tidy() -> None:
        await over.wait()
        done.append("tidied")

    caller = asyncio.create_task(undisturbed(tidy()))
    for _ in range(2):
        await asyncio.wait([caller], timeout=0.01)
        caller.cancel()
    await asyncio.wait([caller], timeout=0.05)
    assert not caller.done()

    over.set()
    await asyncio.wait([caller])

    assert caller.cancelled()
    assert done == ["tidied"]


async def test_what_is_done_is_returned() -> None:
    """Undisturbed, it is as if it had been awaited."""

    async def answer() -> int:
        return 42

    assert await undisturbed(answer()) == 42
