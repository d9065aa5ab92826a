"""Whom `LeastLoadedLoadBalancer` takes, whatever has happened before."""

from __future__ import annotations

import threading
import tracemalloc
from collections import Counter
from random import Random

import pytest
from balancer_members import Member, members
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from wool.runtime.loadbalancer.leastloaded import LeastLoadedLoadBalancer
from wool.runtime.loadbalancer.levels import Levels
from wool.runtime.loadbalancer.poweroftwo import PowerOfTwoLoadBalancer
from wool.runtime.loadbalancer.tally import HALF_LIFE
from wool_common.frames import Load

Kind = type[LeastLoadedLoadBalancer] | type[PowerOfTwoLoadBalancer]
EITHER = pytest.mark.parametrize("kind", [LeastLoadedLoadBalancer, PowerOfTwoLoadBalancer])


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Believed:
    """What a client can know of one worker, counted the slow way."""

    def __init__(self, clock: Clock) -> None:
        self.own = 0
        self.reported = 0
        self.at = 0.0
        self.clock = clock

    @property
    def others(self) -> int:
        return self.reported >> int((self.clock.now - self.at) // HALF_LIFE)

    @property
    def load(self) -> int:
        return self.own + self.others

    def report(self, load: Load) -> None:
        self.reported = max(0, load.active - self.own)
        self.at = self.clock.now


class LeastLoadedAgainstBruteForce(RuleBasedStateMachine):
    """Any order of picks, ends, reports, joins and leaves: the minimum is found."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.balancer = LeastLoadedLoadBalancer(random=Random(7), clock=self.clock)
        self.numbers = iter(range(1000))
        self.team = tuple(Member(next(self.numbers)) for _ in range(3))
        self.believed = {member.uid: Believed(self.clock) for member in self.team}
        self.flying: list[Member] = []

    @rule(times=st.integers(1, 5))
    def pick(self, times: int) -> None:
        for _ in range(times):
            self._check(self.team)

    @precondition(lambda self: len(self.team) > 1)
    @rule(data=st.data(), again=st.booleans())
    def pick_of_a_selection(self, data: st.DataObject, again: bool) -> None:
        some = data.draw(st.lists(st.sampled_from(self.team), min_size=1, unique=True))
        selection = tuple(some)
        self._check(selection)
        if again:
            self._check(selection)
            self._check(list(selection))

    @precondition(lambda self: self.flying)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        member = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        self.balancer.ended(member.uid)
        self.believed[member.uid].own -= 1

    @rule(data=st.data(), active=st.integers(0, 50), waiting=st.integers(0, 5))
    def report(self, data: st.DataObject, active: int, waiting: int) -> None:
        member = data.draw(st.sampled_from(self.team))
        member.load = Load(active, min(active, waiting))
        self.balancer.reported(member.uid, member.load)
        self.believed[member.uid].report(member.load)

    @rule(active=st.integers(0, 3))
    def join(self, active: int) -> None:
        member = Member(next(self.numbers))
        member.load = Load(active, 0)
        self.believed[member.uid] = Believed(self.clock)
        self.balancer.reported(member.uid, member.load)
        self.believed[member.uid].report(member.load)
        self.team = (*self.team, member)

    @precondition(lambda self: len(self.team) > 1)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.team))
        self.team = tuple(member for member in self.team if member is not gone)

    @rule()
    def time_passes(self) -> None:
        self.clock.now += HALF_LIFE
        self._check(self.team)

    @rule()
    def end_of_a_stranger(self) -> None:
        self.balancer.ended(Member("stranger").uid)

    @invariant()
    def nothing_is_negative(self) -> None:
        assert all(believed.own >= 0 for believed in self.believed.values())

    def _check(self, selection: tuple[Member, ...] | list[Member]) -> None:
        least = min(self.believed[member.uid].load for member in selection)
        chosen = self.balancer.pick(selection)
        assert chosen in selection
        assert self.believed[chosen.uid].load == least
        self.believed[chosen.uid].own += 1
        self.flying.append(chosen)


LeastLoadedAgainstBruteForce.TestCase.settings = settings(
    deadline=None, max_examples=60, stateful_step_count=40
)
TestLeastLoadedAgainstBruteForce = LeastLoadedAgainstBruteForce.TestCase


def test_idle_workers_are_filled_evenly() -> None:
    """Picks without an end spread as evenly as they can."""
    balancer = LeastLoadedLoadBalancer(random=Random(1))
    team = members(10)

    counts = Counter(balancer.pick(team).uid for _ in range(95))

    assert sorted(counts.values()) == [9] * 5 + [10] * 5


def test_a_report_takes_in_what_this_client_has_there() -> None:
    """Tasks of this client are not counted twice, once here and once by the worker."""
    balancer = LeastLoadedLoadBalancer()
    mine, other = members(2)
    for _ in range(3):
        balancer.pick((mine,))
    balancer.reported(mine.uid, Load(3, 0))
    other.load = Load(4, 0)

    assert balancer.pick((mine, other)) is mine


@EITHER
def test_a_worker_that_was_busy_once_is_not_shunned_for_ever(kind: Kind) -> None:
    """A report that is not renewed fades, as only a worker that is used tells of itself."""
    clock = Clock()
    balancer = kind(clock=clock)
    once, always = members(2)
    once.load, always.load = Load(8, 0), Load(1, 0)
    assert balancer.pick((once, always)) is always
    balancer.ended(always.uid)

    for _ in range(5):
        clock.now += HALF_LIFE
        always.load = Load(1 + always.load.active % 2, 0)
        balancer.reported(always.uid, always.load)
        balancer.ended(balancer.pick((once, always)).uid)

    assert balancer.pick((once, always)) is once


@EITHER
def test_calls_that_few_may_run_do_not_keep_reports_from_fading(kind: Kind) -> None:
    """Picking among few of very many forgets nothing of the others."""
    clock = Clock()
    balancer = kind(clock=clock)
    team = members(100)
    once, always, few = team[0], team[1:], team[1:3]
    once.load = Load(8, 0)
    balancer.reported(once.uid, once.load)
    balancer.ended(balancer.pick(team).uid)

    for turn in range(5):
        clock.now += HALF_LIFE
        for member in always:
            member.load = Load(1 + turn % 2, 0)
            balancer.reported(member.uid, member.load)
        balancer.ended(balancer.pick(few).uid)
        balancer.ended(balancer.pick(team).uid)

    assert balancer.pick((once, always[0])) is once
    if kind is LeastLoadedLoadBalancer:
        balancer.ended(once.uid)
        assert balancer.pick(team) is once


def test_the_same_seed_makes_the_same_choices() -> None:
    """With a given source of chance, choices can be repeated."""
    team = members(20)
    one, two = (LeastLoadedLoadBalancer(random=Random(5)) for _ in range(2))

    assert [one.pick(team) for _ in range(50)] == [two.pick(team) for _ in range(50)]


@EITHER
def test_reports_of_those_who_left_are_forgotten(kind: Kind) -> None:
    """A balancer that has met very many workers does not remember each for ever."""

    def meet(numbers: range) -> None:
        for number in numbers:
            team = (Member(number), Member(number + 1))
            for member in team:
                balancer.reported(member.uid, Load(1, 0))
            for _ in range(4):
                balancer.ended(balancer.pick(team).uid)

    balancer = kind()
    meet(range(500))
    tracemalloc.start()
    try:
        meet(range(500, 4000))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 100_000


@EITHER
def test_threads_may_share_one(kind: Kind) -> None:
    """After picks and ends in several threads at once, nothing is counted as in flight."""
    balancer = kind()
    team = members(8)
    errors: list[Exception] = []

    def work() -> None:
        try:
            for number in range(500):
                member = balancer.pick(team)
                balancer.reported(member.uid, Load(number % 3, 0))
                balancer.ended(member.uid)
        except Exception as exc:  # noqa: BLE001 - told to the test below
            errors.append(exc)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for member in team:
        member.load = Load(1, 0)
        balancer.reported(member.uid, member.load)
    idle = Member("idle")

    assert errors == []
    assert balancer.pick((team[0], idle)) is idle


def test_levels_keep_the_lowest_at_hand() -> None:
    """Jumps over gaps find the next level in use."""
    levels = Levels({"a": 0, "b": 7, "c": 900})

    levels.move("a", 1000)
    assert levels.lowest(lambda: 0.0) == "b"
    levels.move("b", 2000)
    assert levels.lowest(lambda: 0.0) == "c"
    levels.step("b", -1)
    levels.move("unknown", -5)
    levels.step("unknown", -5)
    assert levels.lowest(lambda: 0.0) == "c"
    levels.move("b", -1)
    assert levels.lowest(lambda: 0.0) == "b"
