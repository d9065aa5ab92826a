"""What each policy promises about whom it takes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest
from balancer_members import argument, members, placed
from hypothesis import given, settings
from hypothesis import strategies as st

from wool.runtime.loadbalancer.leastloaded import LeastLoadedLoadBalancer
from wool.runtime.loadbalancer.picker import C, Picker
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.loadbalancer.poweroftwo import PowerOfTwoLoadBalancer
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.loadbalancer.sticky import StickyLoadBalancer
from wool_common.frames import Load


def policies() -> list[Picker]:
    """Return one of each policy."""
    return [
        RoundRobinLoadBalancer(),
        LeastLoadedLoadBalancer(random=Random(3)),
        PowerOfTwoLoadBalancer(random=Random(3)),
        StickyLoadBalancer(key=argument),
    ]


@settings(deadline=None)
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=30), keys=st.randoms())
def test_every_pick_is_a_member(sizes: list[int], keys: Random) -> None:
    """However the membership grows and shrinks, whoever is picked belongs to it."""
    for balancer in policies():
        for size in sizes:
            team = members(size)
            assert balancer.pick(team, placed(keys.random())) in team
            assert balancer.pick(team, placed(keys.random())) in team
            assert balancer.pick(list(team), placed(keys.random())) in team


@settings(deadline=None)
@given(size=st.integers(1, 9), data=st.data())
def test_what_was_tried_is_not_picked_again(size: int, data: st.DataObject) -> None:
    """`pick_untried` returns one of the others, and None where there is none."""
    team = members(size)
    tried = data.draw(st.sets(st.sampled_from([member.uid for member in team])))
    for balancer in policies():
        picked = balancer.pick_untried(team, tried, placed("key"))
        if len(tried) == size:
            assert picked is None
        else:
            assert picked is not None
            assert picked.uid not in tried


@settings(deadline=None)
@given(size=st.integers(1, 20), rounds=st.integers(1, 10), extra=st.integers(0, 19))
def test_round_robin_is_even(size: int, rounds: int, extra: int) -> None:
    """After any number of picks no worker is ahead of another by more than one."""
    balancer = RoundRobinLoadBalancer()
    team = members(size)

    counts = Counter(balancer.pick(team).uid for _ in range(size * rounds + extra % size))

    assert max(counts.values()) - min(counts.values()) <= 1
    assert len(counts) == size


def test_round_robin_is_even_among_threads() -> None:
    """Threads that share one balancer never take the same turn."""
    balancer = RoundRobinLoadBalancer()
    team = members(10)
    picked: list[str] = []

    def work() -> None:
        picked.extend([balancer.pick(team).uid for _ in range(1000)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(Counter(picked).values()) == {400}


def test_round_robin_finds_the_one_left_when_others_had_its_turns() -> None:
    """Where all turns fall on workers already tried, the one left is still found."""

    class Unlucky(RoundRobinLoadBalancer):
        """Other threads always have the turns of all but the first."""

        def pick(self, members: Sequence[C], task: PlacedTask | None = None) -> C:
            return members[0]

    team = members(3)

    assert Unlucky().pick_untried(team, {team[0].uid, team[1].uid}, None) is team[2]


@settings(deadline=None)
@given(size=st.integers(2, 12), seed=st.integers(0, 99))
def test_power_of_two_never_takes_the_busiest(size: int, seed: int) -> None:
    """Of two different workers the busier one is left, so the busiest never wins."""
    balancer = PowerOfTwoLoadBalancer(random=Random(seed))
    team = members(size)
    team[-1].load = Load(10_000, 0)

    assert all(balancer.pick(team) is not team[-1] for _ in range(200))


def test_power_of_two_draws_each_pair_alike() -> None:
    """Among idle workers each is drawn as often as any other."""
    balancer = PowerOfTwoLoadBalancer(random=Random(11))
    team = members(5)
    counts: Counter[str] = Counter()

    for _ in range(10_000):
        picked = balancer.pick(team)
        counts[picked.uid] += 1
        balancer.ended(picked.uid)

    assert all(1800 < counts[member.uid] < 2200 for member in team)


def test_power_of_two_hears_reports() -> None:
    """A report counts even where the candidate itself tells nothing new."""
    balancer = PowerOfTwoLoadBalancer()
    team = members(2)

    team[0].load = Load(3, 3)
    balancer.reported(team[0].uid, team[0].load)
    balancer.pick((team[1],))

    assert balancer.pick(team) is team[1]


@pytest.mark.parametrize("kind", [RoundRobinLoadBalancer, LeastLoadedLoadBalancer])
def test_one_worker_is_always_taken(kind: type[Picker]) -> None:
    """A pool of one leaves no choice."""
    team = members(1)
    balancer = kind()

    assert {balancer.pick(team, None) for _ in range(5)} == {team[0]}
