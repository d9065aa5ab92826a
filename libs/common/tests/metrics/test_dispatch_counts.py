"""Dispatches are counted by how they ended, on any thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from wool_common.metrics.dispatches import BATCH, DispatchCounts
from wool_common.metrics.numbers import Counts, Value
from wool_common.routine_names import ROUTINES
from wool_common.watching import Dispatch, Outcome, Watching


@dataclass
class Pool:
    """A pool that says what the test wants."""

    states: Mapping[str, int] = field(default_factory=lambda: {"ready": 2, "known": 5})
    sessions: int = 2
    active: int = 7
    waiting: int = 1
    closed: bool = False
    home: asyncio.AbstractEventLoop = field(default=cast(asyncio.AbstractEventLoop, None))

    def stats(self) -> Pool:
        """Return itself."""
        return self


def ended(counts: DispatchCounts, tag: str, outcome: Outcome = "returned", size: int = 3) -> None:
    """Have *counts* hear of a dispatch that was sent once and has ended."""
    dispatch = Dispatch(counts, 0.0, tag, b"key", size)
    dispatch.sent = dispatch.made + 0.001
    dispatch.over(outcome, None)


def values(counts: DispatchCounts, name: str) -> Mapping[tuple[str, ...], Value]:
    """Return what *counts* tells of the metric *name*."""
    return next(reading.values for reading in counts.read() if reading.metric.name == name)


def test_routines_beyond_the_first_hundred_are_one() -> None:
    """However many there are, the series stay few; a line that moves makes no new one."""
    counts = DispatchCounts(Watching())

    for number in range(ROUTINES + 50):
        ended(counts, f"m.routine{number}:1")
        ended(counts, f"m.routine{number}:2")

    found = {key: n for key, n in values(counts, "wool_dispatch_total").items() if n}
    assert len(found) == ROUTINES + 1
    assert found["returned", "m.routine0"] == 2.0
    assert found["returned", "other"] == 100.0


def test_threads_lose_nothing() -> None:
    """What several threads count at once is all there in the end."""
    counts = DispatchCounts(Watching())
    each = 10 * BATCH + 1

    def count() -> None:
        for _ in range(each):
            ended(counts, "m.f:1")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert values(counts, "wool_dispatch_total")["returned", "m.f"] == 4.0 * each
    assert values(counts, "wool_dispatch_attempts_total")["taken", ""] == 4.0 * each
    total = values(counts, "wool_dispatch_seconds")["total", "m.f"]
    assert isinstance(total, Counts)
    assert sum(total.counts) == 4 * each


def test_reasons_of_refusals_are_few() -> None:
    """Those that workers give themselves are told apart; hooks' own are one."""
    counts = DispatchCounts(Watching())
    dispatch = Dispatch(counts, 0.0, "m.f:1", b"key", 3)

    for reason in ("draining", "max-tasks", "made up", "another"):
        dispatch.failed("refused", reason)
    dispatch.failed("unreached", "no route")
    dispatch.failed("lost", "gone")

    found = {key: n for key, n in values(counts, "wool_dispatch_attempts_total").items() if n}
    assert found == {
        ("refused", "draining"): 1.0,
        ("refused", "max-tasks"): 1.0,
        ("refused", "other"): 2.0,
        ("unreached", ""): 1.0,
        ("lost", ""): 1.0,
    }


def test_pools_are_told_of_while_they_are_open() -> None:
    """Numbers of all open pools are added up; one that is closed or gone counts no more."""
    watching = Watching()
    counts = DispatchCounts(watching)
    pools = [Pool(), Pool(), Pool(closed=True)]
    watching.pools.update({id(pool): pool for pool in pools})

    found = [values(counts, name) for name in ("wool_tasks_active", "wool_tasks_waiting")]
    workers = values(counts, "wool_pool_workers")
    pools.clear()

    assert found == [{("client",): 14.0}, {("client",): 2.0}]
    assert (workers["ready",], workers["known",], workers["evicted",]) == (4.0, 10.0, 0.0)
    assert values(counts, "wool_sessions") == {("client",): 0.0}
