"""What becomes of the numbers that workers have counted."""

from __future__ import annotations

import pytest

from wool.cli.rates import Meter, Rates, quantile, summed
from wool_common.describe import Description, Tallies
from wool_common.frames import Load
from wool_common.metadata import WorkerId, WorkerMetadata

BOUNDS = (0.01, 0.1, 1.0)


def said(
    at: float, ended: int = 0, *, uid: str = "a", raised: int = 0, refused: int = 0
) -> Description:
    """Return what a worker says that has run for *at* seconds; all tasks took up to 0.1 s."""
    return Description(
        metadata=WorkerMetadata(uid=WorkerId(uid), address="a:1"),
        load=Load(0, 0),
        uptime=at,
        idle=0.0,
        draining=False,
        versions={},
        tallies=Tallies(
            ended={"returned": ended - raised, "raised": raised},
            refused={"max-tasks": refused},
            bounds=BOUNDS,
            counts=(0, ended, 0, 0),
            seconds=0.05 * ended,
        ),
    )


def heard(*descriptions: Description, window: float = 10.0) -> Rates | None:
    """Return what a meter makes of *descriptions*."""
    meter = Meter(window)
    for description in descriptions:
        meter.hear(description)
    return meter.rates()


def test_one_answer_tells_nothing_of_a_rate() -> None:
    """What was counted before anybody looked is no rate."""
    assert heard(said(100.0, 5000)) is None


def test_rates_are_by_the_workers_own_clock() -> None:
    """However late an answer is heard, its time is that at which it was made."""
    rates = heard(said(10.0, 100, refused=2), said(12.0, 150, raised=4, refused=8))

    assert rates is not None
    assert (rates.throughput, rates.failures, rates.refusals) == (25.0, 2.0, 3.0)


def test_the_window_moves_on() -> None:
    """What happened before the window is forgotten, all of the window is used."""
    rates = heard(*(said(float(at), 1000 if at > 5 else 0) for at in range(40)), window=10.0)

    assert rates is not None
    assert (rates.seconds, rates.throughput) == (10.0, 0.0)


def test_another_worker_at_the_address_begins_anew() -> None:
    """Its numbers are not compared with those of the one before."""
    assert heard(said(100.0, 5000), said(1.0, 3, uid="b")) is None


def test_the_same_answer_heard_twice_counts_once() -> None:
    """A screen that is drawn more often than workers answer changes nothing."""
    rates = heard(said(1.0, 10), said(2.0, 20), said(2.0, 20))

    assert rates is not None
    assert rates.throughput == 10.0


def test_all_workers_together() -> None:
    """Rates add up, whatever the windows; in latencies, too, each counts by its rate."""
    fast, slow = heard(said(0.0), said(10.0, 100)), heard(said(0.0), said(5.0, 100, refused=5))
    assert fast is not None
    assert slow is not None

    total = summed([fast, slow])

    assert total is not None
    assert (total.throughput, total.refusals) == (30.0, 1.0)
    assert total.counts == (0, 100 + 200, 0, 0)
    assert summed([]) is None


@pytest.mark.parametrize(
    ("counts", "share", "expected"),
    [
        ((0, 10, 0, 0), 0.5, 0.055),
        ((0, 10, 0, 0), 1.0, 0.1),
        ((10, 0, 0, 0), 0.5, 0.005),
        ((5, 5, 0, 0), 0.5, 0.01),
        ((0, 0, 0, 10), 0.5, 1.0),
        ((1, 0, 1, 0), 0.75, 0.55),
        ((0, 0, 0, 0), 0.5, None),
    ],
)
def test_quantiles_are_those_of_prometheus(
    counts: tuple[int, ...], share: float, expected: float | None
) -> None:
    """`histogram_quantile` gives the same: evenly within a bucket, the last bound beyond all."""
    assert quantile(BOUNDS, counts, share) == pytest.approx(expected)
