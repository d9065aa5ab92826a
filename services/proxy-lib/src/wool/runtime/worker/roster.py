"""Keep account of what a pool's members have to be told of one another."""

from __future__ import annotations

from wool.runtime.worker.session import POOL
from wool_common.frames import Roster, RosterChange
from wool_common.metadata import WorkerId, WorkerMetadata


class RosterNews:
    """
    The version of a pool's roster, with what has changed since it was last told.

    Changes are told together: many workers that come at once make one message.
    """

    def __init__(self) -> None:
        self.version = 0
        self._joined: dict[WorkerId, WorkerMetadata] = {}
        self._left: set[WorkerId] = set()

    def joined(self, worker: WorkerMetadata) -> None:
        """Note that *worker* came, or has other metadata now."""
        self.version += 1
        self._join(worker)

    def left(self, uid: WorkerId) -> None:
        """Note that *uid* went."""
        self.version += 1
        self._leave(uid)

    def passed_on(self, change: RosterChange) -> None:
        """Note a change of the roster that another process keeps."""
        self.version = change.version
        for uid in change.left:
            self._leave(WorkerId(uid))
        for worker in change.joined:
            self._join(worker)

    def whole(self, members: tuple[WorkerMetadata, ...]) -> Roster:
        """Return all of the roster."""
        return Roster(self.version, members)

    def flush(self) -> RosterChange | None:
        """Return what has changed since the last time, None where nothing has."""
        if not self._joined and not self._left:
            return None
        change = RosterChange(POOL, self.version, tuple(self._joined.values()), tuple(self._left))
        self._joined, self._left = {}, set()
        return change

    def _join(self, worker: WorkerMetadata) -> None:
        self._left.discard(worker.uid)
        self._joined[worker.uid] = worker

    def _leave(self, uid: WorkerId) -> None:
        self._joined.pop(uid, None)
        self._left.add(uid)
