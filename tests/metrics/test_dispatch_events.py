"""What applications are told of dispatches, and of their pools."""

from __future__ import annotations

import logging
from typing import Any

import metered_routines as r
import pytest

import wool
from wool import DispatchBegun, DispatchEnded, DispatchEvent, on_dispatch
from wool_common.watching import WATCHING


async def test_a_callback_is_told_before_and_after() -> None:
    """Both events name the task; the end tells where it ran, how it ended and how long it took."""
    heard: list[DispatchEvent] = []

    async with wool.WorkerPool(size=1) as pool:
        with on_dispatch(heard.append):
            await r.echo(1)
            with pytest.raises(LookupError):
                await r.fail()
            assert [number async for number in r.count(2)] == [0, 1]
        await r.echo(2)
        (worker,) = pool.workers

    begun = [event for event in heard if isinstance(event, DispatchBegun)]
    ended = [event for event in heard if isinstance(event, DispatchEnded)]
    names = [f"metered_routines.{name}" for name in ("echo", "fail", "count")]
    assert [event.routine for event in begun] == [event.routine for event in ended] == names
    assert [event.task for event in begun] == [event.task for event in ended]
    assert [event.outcome for event in ended] == ["returned", "raised", "returned"]
    assert {event.worker for event in ended} == {worker}
    assert {event.attempts for event in ended} == {1}
    for event in ended:
        *parts, total = event.phases
        assert sum(parts) == pytest.approx(total)


async def test_what_is_refused_has_no_worker_that_took_it() -> None:
    """The end tells how often it was tried, and where last."""
    heard: list[Any] = []

    async with wool.WorkerPool(size=1):
        with on_dispatch(heard.append), pytest.raises(wool.NoWorkersAvailable):
            await r.echo.options(tags="nobody has this")(1)

    assert [type(event) for event in heard] == [DispatchBegun, DispatchEnded]
    assert (heard[1].outcome, heard[1].attempts, heard[1].worker) == ("refused", 0, None)
    assert heard[1].phases.run == 0.0


async def test_a_callback_that_raises_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """What it raises is logged, others are told all the same, and the call goes on."""
    heard: list[DispatchEvent] = []

    def fail(event: DispatchEvent) -> None:
        raise ZeroDivisionError("in a callback")

    async with wool.WorkerPool(size=1):
        with caplog.at_level(logging.ERROR, "wool"), on_dispatch(fail), on_dispatch(heard.append):
            assert await r.echo(3) == 3

    assert len(heard) == 2
    assert caplog.text.count("the callback of on_dispatch has failed") == 2


def test_a_watch_ends_once() -> None:
    """Closing twice does no harm, and leaves the place that dispatches look at empty."""
    watch = on_dispatch(print)

    listened = WATCHING.listener
    watch.close()
    watch.close()

    assert listened is watch
    assert WATCHING.listener is None


async def _later(event: DispatchEvent) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("callback", "problem"), [(None, "a function of one event"), (_later, "plain function")]
)
def test_what_cannot_be_called_is_named(callback: Any, problem: str) -> None:
    """Neither a thing that is no function, nor an async one, would ever be run."""
    with pytest.raises(TypeError, match=problem):
        on_dispatch(callback)


async def test_a_pool_tells_how_its_workers_are() -> None:
    """Each is there with its state, what it said of its load, and what this pool has there."""
    async with wool.WorkerPool("a tag", size=2) as pool:
        await r.echo(1)
        stats = pool.stats()

    assert (stats.ready, stats.sessions, stats.active, stats.waiting) == (2, 2, 0, 0)
    assert stats.states["evicted"] == stats.states["known"] == 0
    assert {worker.metadata for worker in stats.workers} == set(pool_workers(stats))
    assert {worker.reason for worker in stats.workers} == {""}
    assert all(worker.metadata.tags == {"a tag"} for worker in stats.workers)
    with pytest.raises(wool.NoActivePool):
        pool.stats()


def pool_workers(stats: Any) -> list[wool.WorkerMetadata]:
    """Return the workers that are ready."""
    return [worker.metadata for worker in stats.workers if worker.state == "ready"]
