"""Often at first, steadily from then on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wool.runtime.worker.pace import Pace


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_then_so_many_per_second() -> None:
    """What was not allowed is, after the time it is told to wait."""
    clock = Clock()
    pace = Pace(clock, 4.0, burst=3)

    assert pace.take(5) == 3
    assert pace.take(1) == 0
    assert pace.wait() == 0.25
    clock.now += pace.wait()
    assert pace.take(5) == 1
    clock.now += 60.0
    assert pace.take(9) == 3


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.integers(0, 50))))
def test_never_more_than_the_pace(steps: list[tuple[float, int]]) -> None:
    """Whenever it is asked, all that was allowed fits the burst and the rate."""
    clock = Clock()
    pace = Pace(clock, 10.0, burst=5)
    taken = 0
    for seconds, wanted in steps:
        clock.now += seconds
        allowed = pace.take(wanted)
        taken += allowed
        assert 0 <= allowed <= wanted
        assert taken <= 5 + 10.0 * clock.now + 1e-6
