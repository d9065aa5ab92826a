"""What the demonstration says about its measurements."""

from __future__ import annotations

from collections import Counter

import pytest

from wool.demo.report import Measured, most_used, summary


def measured(*, pooled: float = 1.0, alone: float = 2.0, same: bool = True) -> Measured:
    """Return measurements of two workers that took *pooled* seconds together."""
    return Measured(
        files=100,
        tasks={11: 40, 12: 60},
        starting=0.5,
        pooled=pooled,
        alone=alone,
        same=same,
    )


@pytest.mark.parametrize(
    ("pooled", "verdict"),
    [
        (1.0, "The pool was 2.0 times as fast as one process."),
        (2.0, "The pool was about as fast as one process."),
        (4.0, "The pool took 2.0 times as long as one process."),
    ],
)
def test_the_comparison_is_honest(pooled: float, verdict: str) -> None:
    """A pool that was slower is not praised."""
    assert verdict in list(summary(measured(pooled=pooled)))


def test_the_start_of_the_workers_counts() -> None:
    """The reader learns what the whole thing took, not only the part that shines."""
    lines = list(summary(measured(pooled=1.8, alone=2.0)))

    assert lines[-1].endswith("with that it is 2.30 s, more than the 2.00 s of one process.")


def test_every_worker_is_listed() -> None:
    """The summary has a row for each worker, with its tasks and its rate."""
    rows = [line.split() for line in summary(measured(pooled=2.0))]

    assert ["process", "11", "40", "20"] in rows
    assert ["process", "12", "60", "30"] in rows


def test_different_counts_are_not_passed_over() -> None:
    """Where workers counted something else than one process, the summary says so."""
    assert "The counts DIFFER, which is a defect." in list(summary(measured(same=False)))


def test_most_used_words_come_first() -> None:
    """Words are listed by how often they are used."""
    assert most_used(Counter({"wool": 1200, "sheep": 3})) == "wool 1,200 · sheep 3"
