"""Which of many workers a client stays connected to."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from wool.runtime.worker.subset import Subset, plan
from wool_common.metadata import WorkerId

UIDS = [WorkerId(f"worker-{number}") for number in range(60)]

some = st.lists(st.sampled_from(UIDS), unique=True)


def filled(client: str, limit: int | None, uids: list[WorkerId]) -> Subset:
    """Return the subset of *client* that holds *uids*."""
    subset = Subset(client, limit)
    for uid in uids:
        subset.put(uid)
    return subset


@given(some, st.integers(1, 30), st.randoms())
def test_the_choice_does_not_depend_on_the_order(
    uids: list[WorkerId], limit: int, rnd: Random
) -> None:
    """A client chooses the same workers, however it came to know them."""
    shuffled = list(uids)
    rnd.shuffle(shuffled)

    first, second = filled("me", limit, uids), filled("me", limit, shuffled)

    assert first.chosen() == second.chosen()
    assert len(first.chosen()) == min(limit, len(uids))


@given(some.filter(bool), st.integers(1, 30), st.data())
def test_one_that_leaves_changes_one_place(
    uids: list[WorkerId], limit: int, data: st.DataObject
) -> None:
    """Whoever leaves is replaced by one, if chosen, and by nobody if not."""
    subset = filled("me", limit, uids)
    before = set(subset.chosen())
    gone = data.draw(st.sampled_from(uids))

    subset.drop(gone)

    after = set(subset.chosen())
    assert before - after == before & {gone}
    assert len(after - before) <= 1
    assert subset.put(gone)
    assert set(subset.chosen()) == before


def test_clients_spread_over_the_workers() -> None:
    """With many clients every worker has about as many as every other."""
    chosen = Counter(
        uid for client in range(600) for uid in filled(f"client-{client}", 10, UIDS).chosen()
    )

    assert set(chosen) == set(UIDS)
    assert 60 < min(chosen.values()) <= max(chosen.values()) < 145


def test_it_tells_whether_something_changed() -> None:
    """Putting in twice, or leaving out a stranger, is nothing new."""
    subset = Subset("me", 2)

    assert subset.put(UIDS[0])
    assert not subset.put(UIDS[0])
    assert UIDS[0] in subset
    assert subset.drop(UIDS[0])
    assert not subset.drop(UIDS[0])
    assert not subset.has_spare
    assert filled("me", 2, UIDS[:3]).has_spare
    assert not filled("me", None, UIDS).has_spare
    assert len(filled("me", None, UIDS).chosen()) == len(UIDS)


@given(some, st.dictionaries(st.sampled_from(UIDS), st.booleans()), some, st.integers(1, 20))
def test_plans_never_let_go_of_what_is_needed(
    known: list[WorkerId],
    connected: dict[WorkerId, bool],
    needed: list[WorkerId],
    limit: int,
) -> None:
    """Whoever is let go of is neither chosen nor needed, and its place is taken."""
    chosen = filled("me", limit, known).chosen()

    opened, rested = plan(chosen, connected, needed, limit)

    assert set(opened) == set(chosen) - connected.keys()
    assert set(rested) <= connected.keys() - set(chosen) - set(needed)
    usable_before = sum(connected.values())
    usable_after = usable_before - sum(connected[uid] for uid in rested)
    assert usable_after >= min(limit, usable_before)
    usable = sum(connected.get(uid, False) for uid in chosen)
    kept = connected.keys() - set(rested) - set(chosen) - set(needed)
    assert len(kept) <= max(0, limit - usable)


def test_a_replacement_comes_first() -> None:
    """The one to be replaced goes once the other one can be used."""
    old, new = UIDS[0], UIDS[1]

    assert plan([new], {old: True}, [], 1) == ([new], [])
    assert plan([new], {old: True, new: False}, [], 1) == ([], [])
    assert plan([new], {old: True, new: True}, [], 1) == ([], [old])


def test_without_a_limit_everybody_stays() -> None:
    """Also those that are not chosen at the moment."""
    assert plan(UIDS[:2], {UIDS[5]: False}, [], None) == (UIDS[:2], [])
