"""Classes that travel by value bring along what has changed since."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from pickling_link import Peer

from wool_common.pickling.values import dump


@pytest.mark.parametrize("in_place", [False, True], ids=["bound anew", "changed in place"])
def test_a_changed_class_attribute_arrives(peer: Peer, *, in_place: bool) -> None:
    """A class known there already takes on what has changed here."""

    class Config:
        limit = 1
        names: ClassVar[list[str]] = ["a"]
        gone = True

    def look() -> object:
        return Config.limit, Config.names, hasattr(Config, "gone")

    before = peer.call(look)
    if in_place:
        Config.names.append("b")
    else:
        Config.limit = 2
        del Config.gone
    after = peer.call(look)

    assert before == (1, ["a"], True)
    assert after == ((1, ["a", "b"], True) if in_place else (2, ["a"], False))


def test_a_changed_method_arrives_with_an_instance(peer: Peer) -> None:
    """An instance brings the newest methods of its class along."""

    class Speaker:
        def speak(self) -> str:
            return "one"

    def use(value: Any) -> str:
        return value.speak()

    before = peer.call(use, Speaker())
    Speaker.speak = lambda self: "two"
    after = peer.call(use, Speaker())

    assert (before, after) == ("one", "two")


def test_a_changed_global_of_a_method_arrives(peer: Peer) -> None:
    """A class is sent anew when what its methods refer to has changed."""
    rate = 1

    class Shop:
        def price(self) -> int:
            return rate

    def use(value: Shop) -> int:
        return value.price()

    before = peer.call(use, Shop())
    rate = 2
    after = peer.call(use, Shop())

    assert (before, after) == (1, 2)


def test_state_of_a_class_there_outlives_arrivals(peer: Peer) -> None:
    """What a process keeps in its copy of a class is not reset by the next instance."""

    class Counter:
        hits = 0
        seen: ClassVar[dict[str, int]] = {}

        def hit(self) -> int:
            type(self).hits += 1
            self.seen["n"] = self.seen.get("n", 0) + 1
            return type(self).hits + self.seen["n"]

    def use(value: Counter) -> int:
        return value.hit()

    assert [peer.call(use, Counter()) for _ in range(3)] == [2, 4, 6]
    assert (Counter.hits, Counter.seen) == (0, {})


def test_a_changed_base_arrives_with_an_instance(peer: Peer) -> None:
    """A change in a base class reaches those who know the derived class already."""

    class Base:
        def speak(self) -> str:
            return "one"

    class Derived(Base):
        pass

    def use(value: Any) -> str:
        return value.speak()

    before = peer.call(use, Derived())
    Base.speak = lambda self: "two"
    after = peer.call(use, Derived())

    assert (before, after) == ("one", "two")


def test_an_older_arrival_does_not_undo_a_newer_one(peer: Peer) -> None:
    """What was pickled before a change and arrives after it leaves the change in place."""

    class Config:
        limit = 1

    def look(value: Config) -> int:
        return value.limit

    old = dump(Config())
    Config.limit = 2
    first = peer.call(look, Config())
    peer.pass_on(old)
    second = peer.call(look, Config())

    assert (first, second) == (2, 2)
