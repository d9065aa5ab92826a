"""Decide which of the workers a discovery tells of are members."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Container
from typing import Protocol

from wool_common.discovery.protocols import EVENT_TYPES
from wool_common.metadata import WorkerId, WorkerMetadata

log = logging.getLogger("wool")


class Membership(Protocol):
    """Where found workers are made known to callers."""

    def join(self, worker: WorkerMetadata, /) -> None: ...

    def leave(self, uid: WorkerId, /) -> None: ...


class Found:
    """
    The workers a discovery has told of.

    Those that carry one of *tags*, if there are any, join *members*, at most *lease* of
    them; the others wait for a place in the order they came. Those *known* otherwise are
    left alone.
    """

    def __init__(
        self,
        members: Membership,
        *,
        tags: Collection[str],
        lease: int | None,
        known: Container[WorkerId],
    ) -> None:
        self._members = members
        self._tags = frozenset(tags)
        self._lease = lease
        self._known = known
        self._joined: dict[WorkerId, WorkerMetadata] = {}
        self._waiting: dict[WorkerId, WorkerMetadata] = {}
        self._doubtful: set[WorkerId] = set()

    def begin(self) -> None:
        """Note that all is told anew; who is not told of again becomes doubtful."""
        self._doubtful = {*self._joined, *self._waiting}

    @property
    def doubts(self) -> bool:
        """True while somebody known from before was not told of again."""
        return bool(self._doubtful)

    def hear(self, event: object) -> None:
        """Act on *event*; one that is none is logged, and ignored."""
        kind: object = getattr(event, "type", None)
        worker: object = getattr(event, "metadata", None)
        if kind not in EVENT_TYPES or not isinstance(worker, WorkerMetadata):
            log.warning("a discovery told of %.200r, which is no DiscoveryEvent", event)
            return

        uid = worker.uid
        if uid in self._known:
            return
        self._doubtful.discard(uid)
        if kind == "worker-dropped" or (self._tags and not self._tags & worker.tags):
            self._forget(uid)
        else:
            self._put(worker)

    def sweep(self, lost: Callable[[WorkerId], bool]) -> bool:
        """Forget the doubtful ones that are *lost*; return whether doubts remain."""
        for uid in [uid for uid in self._doubtful if uid in self._waiting or lost(uid)]:
            self._doubtful.discard(uid)
            self._forget(uid)
        return bool(self._doubtful)

    def _put(self, worker: WorkerMetadata) -> None:
        uid = worker.uid
        if uid not in self._joined and not self._has_place():
            self._waiting[uid] = worker
        elif self._joined.get(uid) != worker:
            self._joined[uid] = worker
            self._members.join(worker)

    def _forget(self, uid: WorkerId) -> None:
        self._waiting.pop(uid, None)
        if self._joined.pop(uid, None) is None:
            return
        self._members.leave(uid)
        while self._waiting and self._has_place():
            self._put(self._waiting.pop(next(iter(self._waiting))))

    def _has_place(self) -> bool:
        return self._lease is None or len(self._joined) < self._lease
