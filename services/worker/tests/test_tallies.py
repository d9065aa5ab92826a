"""What a worker counts."""

from __future__ import annotations

import bisect

import pytest

from wool_common.buckets import SECONDS
from wool_common.routine_names import OTHER, ROUTINES
from wool_worker.tallies import LONGEST_REASON, OUTCOMES, REASONS, Tallies


def test_tasks_are_counted_by_how_they_ended() -> None:
    """Each outcome has a number of its own, also where that is zero."""
    tallies = Tallies()

    tallies.ended("m.f:1", "returned", 0.02)
    tallies.ended("m.f:1", "returned", 0.02)
    tallies.ended("m.g:9", "raised", 0.3)

    totals = tallies.totals()
    assert totals.outcomes == {"returned": 2, "raised": 1, "cancelled": 0, "lost": 0}
    assert tuple(totals.outcomes) == OUTCOMES
    assert totals.tasks.count == 3
    assert totals.tasks.seconds == pytest.approx(0.34)


@pytest.mark.parametrize(
    ("seconds", "at"), [(0.0, 0), (0.0001, 0), (0.00011, 1), (10.0, 15), (11.0, 16)]
)
def test_a_bound_belongs_to_its_bucket(seconds: float, at: int) -> None:
    """As in Prometheus, where a bucket counts what is at most its bound."""
    tallies = Tallies()

    tallies.ended("m.f:1", "returned", seconds)

    counts = tallies.totals().tasks.counts
    assert counts.index(1) == at == bisect.bisect_left(SECONDS, seconds)
    assert (sum(counts), len(counts)) == (1, len(SECONDS) + 1)


def test_a_routine_is_one_whatever_line_it_stands_in() -> None:
    """A routine that was edited goes on in its series."""
    tallies = Tallies()

    tallies.ended("m.f:1", "returned", 0.1)
    tallies.ended("m.f:2", "returned", 0.1)

    [(routine, outcome, tally)] = tallies.series()
    assert (routine, outcome, tally.count) == ("m.f", "returned", 2)


def test_routines_beyond_the_limit_are_counted_together() -> None:
    """A client that makes routines without end does not fill the worker's memory."""
    tallies = Tallies()

    for number in range(ROUTINES + 50):
        for _ in range(2):
            tallies.ended(f"m.f{number}:1", "returned", 0.1)

    series = {routine: tally.count for routine, _, tally in tallies.series()}
    assert len(series) == ROUTINES + 1
    assert series[OTHER] == 2 * 50
    assert tallies.totals().outcomes["returned"] == 2 * (ROUTINES + 50)


def test_reasons_beyond_the_limit_are_counted_together() -> None:
    """A hook may say something else each time."""
    tallies = Tallies()

    for number in range(REASONS + 5):
        tallies.refused(f"reason {number}")
    tallies.refused("reason 0")
    tallies.refused("x" * (LONGEST_REASON + 1))

    refusals = tallies.refusals()
    assert len(refusals) == REASONS + 1
    assert (refusals["reason 0"], refusals[OTHER]) == (2, 6)
