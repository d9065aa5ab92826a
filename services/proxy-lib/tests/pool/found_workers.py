"""Workers to be found, and whoever wants to know."""

from __future__ import annotations

import asyncio

from wool_common.discovery.protocols import DiscoveryEvent, DiscoveryEventType
from wool_common.metadata import WorkerId, WorkerMetadata


def worker(uid: str, *tags: str, address: str = "unix:/nowhere") -> WorkerMetadata:
    """Return what the worker *uid* says about itself."""
    return WorkerMetadata(uid=WorkerId(uid), address=address, tags=frozenset(tags))


def event(type: DiscoveryEventType, uid: str, *tags: str, address: str = "x") -> DiscoveryEvent:
    """Return that something happened to the worker *uid*."""
    return DiscoveryEvent(type, worker(uid, *tags, address=address))


class Guests:
    """Members that are only noted."""

    def __init__(self) -> None:
        self.present: dict[str, WorkerMetadata] = {}
        self.log: list[str] = []
        self._changed = asyncio.Event()

    def join(self, worker: WorkerMetadata, /) -> None:
        """Note that *worker* came, or says something else."""
        self.present[worker.uid] = worker
        self._note(f"+{worker.uid}")

    def leave(self, uid: WorkerId, /) -> None:
        """Note that *uid* left."""
        del self.present[uid]
        self._note(f"-{uid}")

    async def until(self, *uids: str) -> None:
        """Wait until exactly *uids* are there."""
        async with asyncio.timeout(5):
            while set(self.present) != set(uids):
                self._changed.clear()
                await self._changed.wait()

    def _note(self, what: str) -> None:
        self.log.append(what)
        self._changed.set()
