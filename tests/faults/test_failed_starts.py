"""A worker that does not become ready is an error that says why, and never a hang."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import psutil
import pytest
from waits import eventually

import wool


class Broken(wool.LocalWorker):
    """A worker whose program fails as WOOL_FAULT says."""

    program = "broken_worker"


def raising_hook_class() -> object:
    """Return a hook whose pickle cannot be opened on the worker."""

    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return exec, ("raise LookupError('no hook here')",)

        def __call__(self, context: wool.BackpressureContext) -> bool:
            return False

    return Bomb()


STRANGERS: set[int] = set()
"""Children that were there before the test: a pool of another module may still be open."""


@pytest.fixture(autouse=True)
def nothing_left(place: Path) -> None:
    """Every test of this file has a directory of its own for sockets."""
    STRANGERS.clear()
    STRANGERS.update(child.pid for child in psutil.Process().children())


async def nobody_left(place: Path) -> None:
    """Wait until no worker and no socket of this test is left."""

    def is_gone() -> bool:
        children = {child.pid for child in psutil.Process().children()}
        return children <= STRANGERS and not list(place.iterdir())

    await eventually(is_gone, 2.0)


@pytest.mark.parametrize(
    ("fault", "words", "code"),
    [("raises", "no luck today", 1), ("exits", "about to fail: exits", 3)],
)
async def test_a_worker_that_dies_while_starting_shows_its_last_lines(
    fault: str, words: str, code: int, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of its start has what the program printed last, and its exit code."""
    monkeypatch.setenv("WOOL_FAULT", fault)

    with pytest.raises(wool.WorkerStartError, match=words) as caught:
        await Broken().start()

    assert caught.value.returncode == code
    assert words in caught.value.output
    await nobody_left(place)


async def test_a_pool_whose_worker_dies_while_starting_is_not_opened(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool raises what its worker raised, and stops those that had started."""
    monkeypatch.setenv("WOOL_FAULT", "raises")
    kinds = iter([wool.LocalWorker, Broken, wool.LocalWorker])
    pool = wool.WorkerPool(size=3, worker=lambda *_: next(kinds)())

    with pytest.raises(wool.WorkerStartError, match="no luck today"):
        await pool.__aenter__()

    await nobody_left(place)


async def test_a_worker_that_is_never_ready_is_given_up(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that takes longer than its timeout ends, and so does the process."""
    monkeypatch.setenv("WOOL_FAULT", "silent")
    begin = time.monotonic()

    with pytest.raises(wool.WorkerStartError, match=r"was not ready within 0\.5 s"):
        await Broken().start(timeout=0.5)

    assert time.monotonic() - begin < 2.0
    await nobody_left(place)


async def test_a_start_that_is_cancelled_leaves_no_process(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancelled start ends the process it began."""
    monkeypatch.setenv("WOOL_FAULT", "silent")
    starting = asyncio.create_task(Broken().start())
    await eventually(lambda: bool({c.pid for c in psutil.Process().children()} - STRANGERS), 5.0)

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    await nobody_left(place)


async def test_a_hook_that_cannot_be_opened_is_a_failed_start(place: Path) -> None:
    """A worker that cannot unpickle its backpressure hook says so instead of starting."""
    hook = raising_hook_class()

    with pytest.raises(wool.WorkerStartError, match="no hook here"):
        await wool.LocalWorker(backpressure=hook).start()  # pyright: ignore[reportArgumentType]

    await nobody_left(place)


async def test_an_address_in_use_is_a_failed_start(place: Path) -> None:
    """A worker that cannot listen where it is told to says so."""
    async with wool.LocalWorker(host="127.0.0.1") as first:
        assert first.address is not None
        port = int(first.address.rpartition(":")[2])

        with pytest.raises(wool.WorkerStartError, match=f"cannot listen on 127.0.0.1:{port}"):
            await wool.LocalWorker(host="127.0.0.1", port=port).start()

    await nobody_left(place)


async def test_a_missing_interpreter_is_a_failed_start(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interpreter that is not there is named."""
    monkeypatch.setenv("WOOL_PYTHON", "/nowhere/python")

    with pytest.raises(wool.WorkerStartError, match="/nowhere/python"):
        await wool.LocalWorker().start()

    await nobody_left(place)


async def test_a_worker_that_keeps_dying_is_not_restarted_in_a_hurry(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool whose replacements all fail waits longer each time, and still can be left."""
    monkeypatch.setenv("WOOL_FAULT", "exits")
    kinds = iter([wool.LocalWorker])
    made: list[wool.LocalWorker] = []

    def make(*tags: str) -> wool.LocalWorker:
        made.append(next(kinds, Broken)(*tags))
        return made[-1]

    async with wool.WorkerPool(size=1, worker=make) as pool:
        (worker,) = pool.workers
        os.kill(worker.pid, 9)
        await eventually(lambda: len(made) >= 3, 10.0)

    assert len(made) < 6
    await nobody_left(place)
