"""Workers that fail are kept out for a growing while."""

from __future__ import annotations

import pytest

from wool.runtime.worker.ejection import LONGEST_SECONDS, STRIKES, Ejections
from wool_common.metadata import WorkerId

A, B = WorkerId("a"), WorkerId("b")


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def ejections(clock: Clock) -> Ejections:
    """Return nobody's ejections, by that clock."""
    return Ejections(clock)


def test_an_ejection_ends_after_its_time(ejections: Ejections, clock: Clock) -> None:
    """The first one lasts a second, and says so."""
    ejections.eject(A, "its hook is broken")
    clock.now += 0.75

    assert A in ejections
    assert B not in ejections
    assert ejections.let_back() == []
    assert ejections.next_return() == 0.25
    assert ejections.explain(A) == "ejected for another 0.2 s: its hook is broken"
    clock.now += 0.25
    assert ejections.let_back() == [A]
    assert A not in ejections
    assert ejections.next_return() is None
    assert ejections.explain(A) is None


def test_each_further_one_lasts_twice_as_long(ejections: Ejections, clock: Clock) -> None:
    """1, 2, 4 seconds, and so on to a minute."""
    lasted: list[float | None] = []
    for _ in range(9):
        ejections.eject(A, "again")
        seconds = ejections.next_return()
        lasted.append(seconds)
        clock.now += seconds or 0.0
        ejections.let_back()

    assert lasted == [1, 2, 4, 8, 16, 32, 60, LONGEST_SECONDS, LONGEST_SECONDS]


def test_many_failures_at_once_are_one(ejections: Ejections, clock: Clock) -> None:
    """What was under way when a worker was ejected does not make it worse."""
    for _ in range(64):
        ejections.eject(A, "all at once")
    assert ejections.next_return() == 1.0

    clock.now += 1.0
    ejections.let_back()
    ejections.eject(A, "again")

    assert ejections.next_return() == 2.0


def test_success_begins_anew(ejections: Ejections, clock: Clock) -> None:
    """A worker that has proved itself since is ejected for a second again."""
    for seconds in (1.0, 2.0, 4.0):
        ejections.eject(A, "bad")
        clock.now += seconds
        ejections.let_back()

    ejections.succeeded(A)
    ejections.eject(A, "bad again")

    assert ejections.next_return() == 1.0


def test_success_does_not_end_an_ejection(ejections: Ejections) -> None:
    """A task that was under way says little about the next one."""
    ejections.eject(A, "bad")

    ejections.succeeded(A)

    assert A in ejections


def test_lesser_failures_count_on_end(ejections: Ejections) -> None:
    """Some in a row eject; one success between them, and counting begins anew."""
    for _ in range(STRIKES - 1):
        ejections.strike(A, "a cable was cut")
    assert A not in ejections
    ejections.succeeded(A)
    for _ in range(STRIKES - 1):
        ejections.strike(A, "a cable was cut")
    assert A not in ejections

    ejections.strike(A, "a cable was cut")

    assert A in ejections


def test_whoever_leaves_is_forgotten(ejections: Ejections) -> None:
    """A worker that comes again starts with a clean sheet."""
    ejections.eject(A, "bad")

    ejections.forget(A)
    assert A not in ejections
    ejections.eject(A, "bad")

    assert ejections.next_return() == 1.0


def test_the_next_return_is_the_earliest(ejections: Ejections, clock: Clock) -> None:
    """Several may be out at a time."""
    ejections.eject(A, "bad")
    clock.now += 0.5
    ejections.eject(B, "bad")

    assert ejections.next_return() == 0.5
    clock.now += 0.5
    assert ejections.let_back() == [A]
    assert ejections.next_return() == 0.5
