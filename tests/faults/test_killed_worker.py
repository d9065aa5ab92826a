"""A worker that is killed loses no caller, and no task runs twice."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from ears import Ear
from fault_routines import echo, exit_in_a_task, exit_now, noted_hang, once
from waits import eventually, full, hurried

import wool

IN_FLIGHT = 64
ANSWER = 1.0
RESTORED = 2.0


def runs_of(notes: Path) -> Counter[str]:
    """Return how often each task has run."""
    return Counter(notes.read_text().split())


async def test_every_caller_of_a_killed_worker_is_told(tmp_path: Path, ear: Ear) -> None:
    """64 callers hear WorkerLost within 1 s, no task is retried, and the pool is full again."""
    notes = tmp_path / "notes"
    async with hurried(wool.WorkerPool(size=2)) as pool:
        victim, other = await full(pool, 2)
        on_victim = noted_hang.options(worker=victim)
        calls = [
            asyncio.create_task(on_victim(str(notes), ear.path, f"v{n}")) for n in range(IN_FLIGHT)
        ]
        beside = asyncio.create_task(noted_hang.options(worker=other)(str(notes), ear.path, "b"))
        await ear.hear_times(IN_FLIGHT + 1, "began")

        os.kill(victim.pid, signal.SIGKILL)
        begin = time.monotonic()
        ends = await asyncio.gather(*calls, return_exceptions=True)
        answered = time.monotonic() - begin
        restored = answered + await eventually(lambda: len(pool.workers) == 2, RESTORED)

        assert {
            (type(end), str(end.worker)) for end in ends if isinstance(end, wool.WorkerLost)
        } == {(wool.WorkerLost, victim.uid)}
        assert all("killed by SIGKILL" in str(end) for end in ends)
        assert answered < ANSWER
        assert restored < RESTORED
        assert not beside.done()
        assert victim not in pool.workers
        assert await asyncio.gather(*(echo(n) for n in range(8))) == list(range(8))
        assert set(runs_of(notes).values()) == {1}
        assert len(runs_of(notes)) == IN_FLIGHT + 1


async def test_a_storm_survives_kills(tmp_path: Path) -> None:
    """With workers killed under load, each task has one answer and ran at most once."""
    notes = tmp_path / "notes"
    ends: dict[str, str | BaseException] = {}
    over = asyncio.Event()

    async def lane(number: int) -> None:
        turn = 0
        while not over.is_set():
            key = f"{number}-{turn}"
            turn += 1
            try:
                ends[key] = await once(str(notes), key)
            except wool.WorkerLost as exc:
                ends[key] = exc

    async with wool.WorkerPool(size=2) as pool:
        lanes = [asyncio.create_task(lane(number)) for number in range(IN_FLIGHT)]
        for _ in range(5):
            victim = (await full(pool, 2))[0]
            seen = len(ends)
            await eventually(lambda seen=seen: len(ends) > seen + 300, 10.0)
            os.kill(victim.pid, signal.SIGKILL)
            await eventually(lambda gone=victim: gone not in pool.workers, ANSWER)
        over.set()
        async with asyncio.timeout(5):
            await asyncio.gather(*lanes)

    runs = runs_of(notes)
    lost = {key for key, end in ends.items() if isinstance(end, wool.WorkerLost)}
    assert set(runs.values()) == {1}
    assert ends.keys() - lost <= runs.keys()
    assert runs.keys() <= ends.keys()


async def test_a_routine_that_ends_its_worker_is_named(tmp_path: Path) -> None:
    """The error of a call whose routine ends the process tells how it ended."""
    async with wool.WorkerPool(size=1) as pool:
        with pytest.raises(wool.WorkerLost, match="exit code 7"):
            await exit_now(7)

        await full(pool, 1)
        assert await echo("alive") == "alive"


async def test_a_worker_outlives_sys_exit_in_a_task() -> None:
    """SystemExit in a task of a routine ends neither the worker nor its loop."""
    async with wool.WorkerPool(size=1) as pool:
        (before,) = await full(pool, 1)

        async with asyncio.timeout(5):
            await asyncio.gather(exit_in_a_task(), return_exceptions=True)
            assert await echo("alive") == "alive"

        assert pool.workers == (before,)
