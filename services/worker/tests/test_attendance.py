"""A worker knows how long nobody has been there."""

from __future__ import annotations

import asyncio

from wool_worker.attendance import Attendance


async def test_a_worker_nobody_comes_to_is_deserted() -> None:
    """The time runs from the beginning."""
    await asyncio.wait_for(Attendance().deserted(0.01), 5.0)


async def test_an_open_session_is_enough() -> None:
    """However long it is open, the time does not run."""
    attendance = Attendance()
    waiting = asyncio.create_task(attendance.deserted(0.01))
    with attendance.one():
        await asyncio.wait([waiting], timeout=0.1)
        assert not waiting.done()
        with attendance.one():
            pass
        await asyncio.wait([waiting], timeout=0.1)
        assert not waiting.done()

    await asyncio.wait_for(waiting, 5.0)
