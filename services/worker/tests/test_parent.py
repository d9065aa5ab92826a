"""The watch over a local worker's parent."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from wool_common.link import ChildLink, ParentLink
from wool_common.startup import StopOrder
from wool_worker.parent import ParentWatch

Event = tuple[str, float]


class Stop:
    """Notes what the watch wants."""

    def __init__(self) -> None:
        self.events: queue.Queue[Event] = queue.Queue()

    def request(self, grace: float | None, reason: str) -> None:
        self.events.put((reason, -1.0 if grace is None else grace))

    def end_now(self, code: int) -> None:
        self.events.put(("ended", code))

    def next(self) -> Event:
        return self.events.get(timeout=5)


class Watched:
    """A watch, both ends of its link, and the parent's process id it sees."""

    def __init__(self) -> None:
        self.ours, theirs = ParentLink.pair()
        self.parent = 42
        self.stop = Stop()
        self.link = ChildLink.inherited(theirs.detach())
        ParentWatch(self.link, self.stop, parent=lambda: self.parent).start()


@pytest.fixture
def watched() -> Iterator[Watched]:
    made = Watched()
    yield made
    made.ours.close()
    for thread in threading.enumerate():
        if thread.name == "wool-parent":
            thread.join(5)
    made.link.close()


def test_orders_are_passed_on(watched: Watched) -> None:
    """Each order of the parent is a request, a stricter one too."""
    watched.ours.send(StopOrder(5.0))
    watched.ours.send(StopOrder(0.0))

    assert [watched.stop.next(), watched.stop.next()] == [
        ("its parent asked", 5.0),
        ("its parent asked", 0.0),
    ]


def test_end_of_the_link_ends_the_worker(watched: Watched) -> None:
    """Tasks are cancelled at once; then the process ends, whatever they do."""
    watched.ours.close()

    assert watched.stop.next() == ("its parent is gone", 0.0)
    assert watched.stop.next() == ("ended", 1)


def test_other_parent_ends_the_worker(watched: Watched) -> None:
    """A link that somebody else keeps open does not keep the worker."""
    watched.parent = 1

    assert watched.stop.next() == ("its parent is gone", 0.0)
    assert watched.stop.next() == ("ended", 1)


def test_nonsense_on_the_link_ends_the_worker(watched: Watched) -> None:
    """A parent that cannot be understood counts as gone."""
    watched.ours.send("stop")  # pyright: ignore[reportArgumentType]

    assert watched.stop.next() == ("its parent is gone", 0.0)
    assert watched.stop.next() == ("ended", 1)
