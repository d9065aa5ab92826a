"""Ctrl-C ends a program, its routines and its workers."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from pathlib import Path

import pytest
from dialling import described, start, stranger
from ears import Ear
from fault_routines import stubborn
from programs import HERE, is_gone
from terminal import CTRL_C, Terminal, terminal
from waits import eventually

SECOND = 1.0
CALLS = 8
TRACEBACK = "Traceback (most recent call last)"
CHAINED = "During handling of the above exception, another exception occurred:"


def tracebacks(text: str) -> int:
    """Return how many tracebacks *text* shows, each with those it is chained to."""
    return text.count(TRACEBACK) - text.count(CHAINED)


async def begun(ear: Ear, kind: str) -> list[int]:
    """Return the workers' process ids once the program's routines run."""
    await ear.hear("holding", limit=30.0)
    if kind in ("block", "stubborn"):
        await ear.hear_times(2, "began")
    else:
        await asyncio.gather(*(ear.hear("began", key) for key in range(CALLS)))
    return [int(pid) for pid in ear.keys_of("worker")]


async def ended(screen: Terminal, workers: list[int], limit: float) -> float:
    """Return the seconds until the program and its workers have ended, at most *limit*."""
    begin = time.monotonic()
    code = await screen.end(limit)
    await eventually(lambda: all(is_gone(pid) for pid in workers), limit)
    seconds = time.monotonic() - begin
    assert code != 0
    return seconds


@pytest.mark.parametrize("kind", ["hang", "drip", "nested", "block"])
async def test_ctrl_c_ends_everything(kind: str, place: Path, ear: Ear) -> None:
    """Within a second the program and its workers are gone, with one traceback at most."""
    async with terminal(str(HERE / "scripts/hold.py"), ear.path, kind) as screen:
        workers = await begun(ear, kind)

        screen.press(CTRL_C)
        seconds = await ended(screen, workers, SECOND)

        assert seconds < SECOND
        assert tracebacks(screen.text) <= 1
        assert "never retrieved" not in screen.text
        assert "KeyboardInterrupt" in screen.text
        assert list(place.iterdir()) == []
        if kind != "block":
            await asyncio.gather(*(ear.hear("ended", key) for key in range(CALLS)))


@pytest.mark.parametrize("kind", ["block", "stubborn"])
async def test_a_second_ctrl_c_ends_everything_at_once(kind: str, place: Path, ear: Ear) -> None:
    """Routines that ignore their cancellation, or block, do not keep the program."""
    async with terminal(str(HERE / "scripts/hold.py"), ear.path, kind) as screen:
        workers = await begun(ear, kind)

        screen.press(CTRL_C)
        await ear.hear("interrupted" if kind == "block" else "cancelled")
        screen.press(CTRL_C)
        seconds = await ended(screen, workers, SECOND)

        assert seconds < SECOND
        assert tracebacks(screen.text) <= 1
        assert list(place.iterdir()) == []


async def test_ctrl_c_while_the_pool_starts(place: Path) -> None:
    """A program that is interrupted while its workers start leaves none behind."""
    async with terminal(str(HERE / "scripts/hold.py"), "/nowhere", "hang") as screen:
        await eventually(lambda: bool(list(place.iterdir())), 20.0)

        screen.press(CTRL_C)
        seconds = await ended(screen, [], SECOND)

        assert seconds < SECOND
        assert tracebacks(screen.text) <= 1
        assert list(place.iterdir()) == []


async def test_ctrl_c_ends_a_worker_in_a_shell() -> None:
    """`wool-worker` drains at the first Ctrl-C, without a traceback and with exit code 0."""
    async with terminal("-m", "wool_worker", "--port", "0") as screen:
        await screen.shows("worker_ready")

        screen.press(CTRL_C)

        assert await screen.end(SECOND) == 0
        assert tracebacks(screen.text) == 0
        assert "worker_draining" in screen.text


async def test_a_second_ctrl_c_ends_a_worker_in_a_shell(ear: Ear) -> None:
    """`wool-worker` waits for what runs at the first Ctrl-C, and not at the second."""
    async with terminal("-m", "wool_worker", "--port", "0", "--log-format", "json") as screen:
        await screen.shows("worker_ready")
        address = json.loads(screen.text.strip().splitlines()[-1])["address"]
        async with stranger(address) as client:
            await client.define(1, stubborn)
            await client.say(start(1, ear.path))
            await ear.hear("began")

            screen.press(CTRL_C)
            await screen.shows("worker_draining")
            assert (await described(address)).load.active == 1
            screen.press(CTRL_C)

            assert await screen.end(SECOND) == 128 + signal.SIGINT
        assert tracebacks(screen.text) == 0
