"""Know every worker that any source has found, for all who ask for some of them."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple, Protocol, TypeVar

from wool_common.discovery.following import Board
from wool_common.metadata import WorkerId
from wool_discovery_docker.containers import Container, carries
from wool_discovery_docker.wishes import Entry, Wish, shown

K = TypeVar("K", bound=str)

SOURCES: Final = ("docker", "swarm", "announced", "lan", "dns")
"""Who can find a worker; where several have, the first of these is believed."""

VERIFIED: Final = frozenset({"docker", "swarm", "announced"})
"""Those whose workers have answered at their address."""


class Counts(Protocol):
    """What counts the things that happen."""

    def event(self, source: str, type: str) -> None: ...

    def workers(self, source: str, number: int) -> None: ...


class Key(NamedTuple):
    """Where an entry stands among all; the smallest is believed first."""

    rank: int
    source: str
    key: str


class Selection:
    """The workers that one wish asks for, each at the address where it can be reached."""

    def __init__(self) -> None:
        self.board = Board()
        self.users = 0
        self.sources: dict[WorkerId, str] = {}
        """Who has found each of them."""


class Registry:
    """
    Every worker that any source has found; lives on one event loop.

    *base* are the labels that containers carry unless somebody asks for others.
    """

    def __init__(self, base: Mapping[str, str], counts: Counts | None = None) -> None:
        self.base = base
        self._counts = counts
        self._entries: dict[Key, Entry] = {}
        self._keys: dict[WorkerId, set[Key]] = {}
        self._at: dict[str, set[Key]] = {}
        self._selections: dict[Wish, Selection] = {}
        self._numbers: dict[str, int] = dict.fromkeys(SOURCES, 0)

    @property
    def containers(self) -> tuple[Container, ...]:
        """Every container in which a worker was found."""
        found = (entry.container for entry in self._entries.values())
        return tuple(container for container in found if container is not None)

    def is_wanted(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a container with *labels* is one that anybody asks for."""
        if carries(labels, self.base):
            return True
        return any(wish.labels and carries(labels, dict(wish.labels)) for wish in self._selections)

    def put(self, key: str, entry: Entry) -> None:
        """Take in what *entry.source* has found under *key*."""
        place = _place(entry.source, key)
        before = self._entries.get(place)
        if before == entry:
            return
        self._displace(place, entry)
        self._entries[place] = entry
        uid = entry.worker.uid
        if before is not None:
            self._unlink(place, before, to=uid)
        self._keys.setdefault(uid, set()).add(place)
        self._at.setdefault(entry.worker.address, set()).add(place)
        self._count(entry.source, "updated" if before else "added", 0 if before else 1)
        self._show(uid)

    def drop(self, source: str, key: str) -> None:
        """Take in that *source* does not find under *key* any more what it did."""
        place = _place(source, key)
        entry = self._entries.pop(place, None)
        if entry is not None:
            self._unlink(place, entry)
            self._count(source, "dropped", -1)

    @contextmanager
    def select(self, wish: Wish) -> Generator[Selection]:
        """Give the workers that *wish* asks for, kept up to date until the block is left."""
        selection = self._selections.get(wish)
        if selection is None:
            selection = self._selections[wish] = Selection()
            for uid in self._keys:
                self._show_on(selection, wish, uid)
        selection.users += 1
        try:
            yield selection
        finally:
            selection.users -= 1
            if not selection.users:
                del self._selections[wish]

    def _displace(self, place: Key, entry: Entry) -> None:
        """Drop who was at the same address before: one address leads to one worker."""
        if entry.source not in VERIFIED:
            return
        for other in tuple(self._at.get(entry.worker.address, ())):
            if other != place and self._entries[other].worker.uid != entry.worker.uid:
                self.drop(other.source, other.key)

    def _unlink(self, place: Key, entry: Entry, to: WorkerId | None = None) -> None:
        uid, address = entry.worker.uid, entry.worker.address
        _discard(self._at, address, place)
        if uid != to:
            _discard(self._keys, uid, place)
            self._show(uid)

    def _show(self, uid: WorkerId) -> None:
        for wish, selection in self._selections.items():
            self._show_on(selection, wish, uid)

    def _show_on(self, selection: Selection, wish: Wish, uid: WorkerId) -> None:
        for place in sorted(self._keys.get(uid, ())):
            worker = shown(self._entries[place], wish, self.base)
            if worker is not None:
                selection.sources[uid] = place.source
                selection.board.put(worker)
                return
        selection.sources.pop(uid, None)
        selection.board.drop(uid)

    def _count(self, source: str, type: str, change: int) -> None:
        self._numbers[source] += change
        if self._counts is not None:
            self._counts.event(source, type)
            self._counts.workers(source, self._numbers[source])


def _place(source: str, key: str) -> Key:
    return Key(SOURCES.index(source), source, key)


def _discard(index: dict[K, set[Key]], at: K, place: Key) -> None:
    places = index.get(at)
    if places is not None:
        places.discard(place)
        if not places:
            del index[at]
