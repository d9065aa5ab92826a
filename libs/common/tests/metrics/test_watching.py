"""Who watches dispatches hears of them."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wool_common.watching import Dispatch, Failure, Watching

SECONDS = st.floats(0, 1000)


class Ear:
    """Writes down what it hears."""

    hears_begin = True
    hears_steps = True

    def __init__(self) -> None:
        self.heard: list[str] = []

    def begun(self, dispatch: Dispatch, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Note it."""
        self.heard.append("begun")
        return {**headers, "heard": "yes"}

    def failed(self, dispatch: Dispatch, failure: Failure, reason: str) -> None:
        """Note it."""
        self.heard.append(f"{failure}: {reason}")

    def resumed(self, dispatch: Dispatch) -> None:
        """Note it."""
        self.heard.append("resumed")

    def ended(self, dispatch: Dispatch) -> None:
        """Note it."""
        self.heard.append(f"ended: {dispatch.outcome}")


def test_nobody_listens_at_first_and_in_the_end() -> None:
    """The one place that dispatches look at is empty unless somebody listens."""
    watching = Watching()
    one, other = Ear(), Ear()

    found = [watching.listener]
    watching.add(one)
    found.append(watching.listener)
    watching.add(other)
    watching.drop(one)
    found.append(watching.listener)
    watching.drop(other)
    watching.drop(other)

    assert found == [None, one, other]
    assert watching.listener is None


def test_several_hear_of_the_same() -> None:
    """Each listener is told, and may add to what travels along."""
    watching = Watching()
    one, other = Ear(), Ear()
    watching.add(one)
    watching.add(other)
    listener = watching.listener
    assert listener is not None
    dispatch = Dispatch(listener, 0.0, "m.f:1", b"key", 3)

    headers = listener.begun(dispatch, {"a": "b"})
    dispatch.failed("refused", "busy")
    dispatch.over("refused", None)
    dispatch.over("lost", None)

    assert headers == {"a": "b", "heard": "yes"}
    assert one.heard == other.heard == ["begun", "refused: busy", "ended: refused"]


@given(SECONDS, SECONDS, SECONDS, SECONDS, st.floats(-1.0, 2000))
def test_phases_add_up(serialize: float, pick: float, rest: float, read: float, ran: float) -> None:
    """No phase is negative, and together they are the total, whatever the worker says."""
    dispatch = Dispatch(Ear(), 1.0, "m.f:1", b"key", 3)
    dispatch.made = 1.0 + serialize
    dispatch.sent = dispatch.made + pick
    dispatch.ended = dispatch.sent + rest + read
    dispatch.reading = read
    dispatch.ran = ran

    *parts, total = dispatch.phases()

    assert min(parts) >= -1e-9
    assert abs(sum(parts) - total) < 1e-6
    assert total == dispatch.ended - 1.0


def test_picking_takes_all_attempts_together() -> None:
    """The time of an attempt that came to nothing is waiting; finding the next is picking."""
    dispatch = Dispatch(Ear(), 0.0, "m.f:1", b"key", 3)
    dispatch.begun = dispatch.made = perf_counter() - 10.0

    dispatch.sent = dispatch.made + 1.0
    dispatch.failed("refused", "busy")
    found = (dispatch.attempts, dispatch.failure)
    dispatch.sent = perf_counter() + 2.0
    dispatch.ended = dispatch.sent + 4.0

    assert found == (1, "refused")
    assert (dispatch.attempts, dispatch.failure) == (2, None)
    pick, _, wait, *_ = dispatch.phases()
    assert pick == pytest.approx(1.0 + 2.0, abs=0.5)
    assert wait == pytest.approx(9.0 + 4.0, abs=0.5)
