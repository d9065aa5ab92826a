"""Which worker a key sticks to, and which keys move."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter

import pytest
from balancer_members import Member, argument, members, placed
from hypothesis import given, settings
from hypothesis import strategies as st

from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.loadbalancer.ring import Ring
from wool.runtime.loadbalancer.sticky import StickyLoadBalancer
from wool_common.errors import WoolError
from wool_common.metadata import WorkerId

KEYS = [f"key-{number}" for number in range(400)]
NAMES = st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=12, unique=True)


def homes(team: tuple[Member, ...]) -> dict[str, str]:
    """Return the worker of each key."""
    balancer = StickyLoadBalancer(key=argument)
    return {key: balancer.pick(team, placed(key)).uid for key in KEYS}


@settings(deadline=None, max_examples=30)
@given(names=NAMES, data=st.data())
def test_only_the_keys_of_whoever_left_move(names: list[str], data: st.DataObject) -> None:
    """When a worker leaves its own keys move, and no other; when it is back, so are they."""
    team = tuple(map(Member, names))
    gone = data.draw(st.sampled_from(team))

    before = homes(team)
    after = homes(tuple(member for member in team if member is not gone))

    assert {key for key in KEYS if before[key] != after[key]} == {
        key for key in KEYS if before[key] == gone.uid
    }


@settings(deadline=None, max_examples=20)
@given(names=NAMES, data=st.data())
def test_the_order_of_members_does_not_matter(names: list[str], data: st.DataObject) -> None:
    """Clients that heard of the workers in another order agree."""
    team = tuple(map(Member, names))

    assert homes(team) == homes(tuple(data.draw(st.permutations(team))))


def test_a_share_of_one_nth_moves() -> None:
    """When an eleventh worker joins ten, about one key in eleven moves, all of them to it."""
    ring, grown = (Ring(WorkerId(f"worker-{n}") for n in range(count)) for count in (10, 11))
    keys = [f"{number}".encode() for number in range(11_000)]

    moved = [grown.place(key) for key in keys if ring.place(key) != grown.place(key)]

    assert set(moved) == {10}
    assert 800 < len(moved) < 1200


def test_keys_spread_evenly() -> None:
    """No worker has much more than its share of very many keys."""
    ring = Ring(WorkerId(f"worker-{number}") for number in range(20))

    counts = Counter(ring.place(b"%d" % number) for number in range(40_000))

    assert len(counts) == 20
    assert max(counts.values()) < 1.3 * 2000
    assert min(counts.values()) > 0.7 * 2000


def test_a_selection_gives_the_same_worker_while_it_holds_it() -> None:
    """Choosing among some of the workers moves only keys of those left out."""
    balancer = StickyLoadBalancer(key=argument)
    team = members(6)
    for key in KEYS:
        home = balancer.pick(team, placed(key))
        others = [member for member in team if member is not home]
        second = balancer.pick_untried(team, {home.uid}, placed(key))

        assert second is balancer.pick(others, placed(key))
        assert second is balancer.pick(tuple(others), placed(key))
        assert home is balancer.pick([home, *others[:2]], placed(key))


def test_keys_stay_when_very_many_are_known() -> None:
    """What is remembered of keys is bounded, and forgetting changes nothing."""
    balancer = StickyLoadBalancer(key=argument)
    team = members(5)

    first = [balancer.pick(team, placed(n)).uid for n in range(6000)]

    assert [balancer.pick(team, placed(n)).uid for n in range(6000)] == first


def test_other_processes_agree() -> None:
    """Hashing is the same whatever seed a process gives to its own `hash`."""
    code = (
        "from wool.runtime.loadbalancer.ring import Ring\n"
        "ring = Ring(f'worker-{n}' for n in range(9))\n"
        "print([ring.place(b'%d' % n) for n in range(50)])"
    )
    ring = Ring(WorkerId(f"worker-{number}") for number in range(9))

    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "77", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert told.strip() == str([ring.place(b"%d" % number) for number in range(50)])


@pytest.mark.parametrize("key", ["text", "", "\udc80", b"bytes", 7, -1, 2**70, True])
def test_keys_may_be_of_several_types(key: str | bytes | int) -> None:
    """Strings, bytes and whole numbers are keys."""
    balancer = StickyLoadBalancer(key=lambda _: key)
    team = members(5)

    assert balancer.pick(team, placed(1)) is balancer.pick(members(5)[:0] + team, placed(2))


@pytest.mark.parametrize("key", [None, 1.5, ("a", "b"), ["a"]])
def test_other_keys_are_refused(key: object) -> None:
    """A key of another type is a TypeError that says which, and for what."""
    balancer = StickyLoadBalancer(key=lambda _: key)  # pyright: ignore[reportArgumentType]

    with pytest.raises(TypeError, match=f"str, bytes or int, not {type(key).__name__}, for module"):
        balancer.pick(members(3), placed(1))


def test_a_key_that_fails_is_told_with_its_cause() -> None:
    """The caller learns which routine's key could not be found, and why."""

    def user(task: PlacedTask) -> str:
        return str(task.kwargs["user"])

    with pytest.raises(WoolError, match=r"failed for module\.routine:1: KeyError: 'user'") as told:
        StickyLoadBalancer(key=user).pick(members(3), placed(1))

    assert isinstance(told.value.__cause__, KeyError)


def test_wrong_arguments_are_told() -> None:
    """What is no function is no key, and without a task there is none."""
    with pytest.raises(TypeError, match="key must be a callable that takes the task, not 'user'"):
        StickyLoadBalancer(key="user")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="needs the task"):
        StickyLoadBalancer(key=argument).pick(members(2), None)


def test_threads_may_share_one() -> None:
    """While members change, threads agree on where a key is."""
    balancer = StickyLoadBalancer(key=argument)
    teams = [members(count) for count in range(2, 8)]
    wanted = [StickyLoadBalancer(key=argument).pick(team, placed("k")) for team in teams]
    wrong: list[Member] = []

    def work() -> None:
        for number in range(600):
            at = number % len(teams)
            for _ in range(3):
                picked = balancer.pick(teams[at], placed("k"))
                if picked is not wanted[at]:
                    wrong.append(picked)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
