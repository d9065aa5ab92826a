"""Which of the workers that are told of become members."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from found_workers import Guests, event

from wool.runtime.worker.found import Found
from wool_common.metadata import WorkerId


def found(guests: Guests, **more: Any) -> Found:
    arguments: dict[str, Any] = {"tags": (), "lease": None, "known": frozenset(), **more}
    return Found(guests, **arguments)


def hear(found: Found, *told: str) -> None:
    """Tell of workers: `+a`, `-a`, `~a` for an update; a colon begins the tags."""
    kinds: Any = {"+": "worker-added", "-": "worker-dropped", "~": "worker-updated"}
    for text in told:
        uid, *tags = text[1:].split(":")
        found.hear(event(kinds[text[0]], uid, *tags))


def test_workers_come_and_go() -> None:
    """Added ones join, dropped ones leave; a drop of a stranger means nothing."""
    guests = Guests()

    hear(found(guests), "+a", "+b", "-a", "-stranger", "~c")

    assert guests.log == ["+a", "+b", "-a", "+c"]


def test_what_is_the_same_changes_nothing() -> None:
    """Only new metadata joins anew."""
    guests = Guests()

    hear(found(guests), "+a", "+a", "~a", "~a:fast", "+a:fast")

    assert guests.log == ["+a", "+a"]
    assert guests.present["a"].tags == {"fast"}


def test_one_of_the_tags_must_be_carried() -> None:
    """An update may make a worker a member, or end that."""
    guests = Guests()
    pool = found(guests, tags=("gpu", "tpu"))

    hear(pool, "+a", "+b:gpu:old", "+c:tpu", "~a:tpu", "~b:old", "~c:cpu")

    assert guests.log == ["+b", "+c", "+a", "-b", "-c"]


def test_a_lease_counts_different_workers() -> None:
    """What is told twice takes no second place, nor does an update."""
    guests = Guests()

    hear(found(guests, lease=2), "+a", "+a", "~a:fast", "+b", "+c")

    assert set(guests.present) == {"a", "b"}


def test_who_was_turned_away_gets_the_place_that_becomes_free() -> None:
    """In the order they came, with what they last said, unless they have gone."""
    guests = Guests()
    pool = found(guests, lease=1)
    hear(pool, "+a", "+b", "+c", "+d", "-b", "~c:new")

    hear(pool, "-a")

    assert guests.log == ["+a", "-a", "+c"]
    assert guests.present["c"].tags == {"new"}


def test_one_that_no_longer_fits_makes_place() -> None:
    """Its tags decide before the lease does."""
    guests = Guests()
    pool = found(guests, lease=1, tags=("gpu",))

    hear(pool, "+a:gpu", "+b:gpu", "+x", "~b", "~b:gpu", "~a")

    assert guests.log == ["+a", "-a", "+b"]


def test_a_lease_of_none_of_them() -> None:
    """A lease of 0 finds nobody."""
    guests = Guests()

    hear(found(guests, lease=0), "+a", "-a", "+b")

    assert guests.log == []


def test_own_workers_are_left_alone() -> None:
    """Those known otherwise take no place, whatever is told of them."""
    guests = Guests()
    own: set[WorkerId] = set()
    pool = found(guests, lease=1, known=own)
    own.add(WorkerId("own"))

    hear(pool, "+own", "+a", "~own:x", "-own")

    assert guests.log == ["+a"]


def test_garbage_is_logged_and_ignored(caplog: pytest.LogCaptureFixture) -> None:
    """What is no event harms nobody."""
    guests = Guests()
    pool = found(guests)

    with caplog.at_level(logging.WARNING, logger="wool"):
        for garbage in (None, 3, "worker-added", ("worker-added", "a"), object()):
            pool.hear(garbage)
        hear(pool, "+a")

    assert guests.log == ["+a"]
    assert len(caplog.records) == 5
    assert "no DiscoveryEvent" in caplog.text


def test_one_not_told_of_again_stays_while_it_can_be_used() -> None:
    """A subscription that begins anew casts doubt; only the lost ones are swept away."""
    guests = Guests()
    pool = found(guests, lease=3)
    hear(pool, "+a", "+b", "+c", "+waiting")
    pool.begin()
    hear(pool, "+a")

    assert pool.doubts
    assert pool.sweep(lambda uid: uid == "b")

    assert set(guests.present) == {"a", "c"}
    assert not pool.sweep(lambda uid: uid == "c")
    assert set(guests.present) == {"a"}


def test_one_told_of_again_is_beyond_doubt() -> None:
    """Nobody is swept away who was told of anew, however it is."""
    guests = Guests()
    pool = found(guests)
    hear(pool, "+a")
    pool.begin()
    hear(pool, "+a")

    assert not pool.doubts
    assert not pool.sweep(lambda uid: True)
    assert guests.log == ["+a"]
