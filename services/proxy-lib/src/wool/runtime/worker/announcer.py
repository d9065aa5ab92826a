"""Announce the workers of a pool, so that others find them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from wool_common.discovery.protocols import DiscoveryEventType, DiscoveryPublisherLike
from wool_common.metadata import WorkerId, WorkerMetadata

log = logging.getLogger("wool")

PUBLISH_SECONDS: Final = 5.0
"""What one announcement may take."""

PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before announcements that failed are made again; the last one repeats."""


class Announcer:
    """
    Has *publisher* announce which workers are there; lives on one loop.

    What fails is logged once and made again until it succeeds; the pool is none the worse.
    """

    def __init__(
        self, publisher: DiscoveryPublisherLike, *, pauses: Sequence[float] = PAUSES
    ) -> None:
        self._publisher = publisher
        self._pauses = pauses
        self._present: dict[WorkerId, WorkerMetadata] = {}
        self._told: dict[WorkerId, WorkerMetadata] = {}
        self._untold: set[WorkerId] = set()
        self._changed = asyncio.Event()
        self._tried = asyncio.Event()
        self._tried.set()
        self._complained = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to announce, on the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._keep(), name="wool-announcer")

    def put(self, worker: WorkerMetadata) -> None:
        """Announce *worker* soon."""
        self._present[worker.uid] = worker
        self._note()

    def drop(self, uid: WorkerId) -> None:
        """Announce soon that the worker *uid* is gone."""
        if self._present.pop(uid, None) is not None:
            self._note()

    async def tried(self, timeout: float) -> None:
        """Wait until all has been announced, or failed to be, for at most *timeout* seconds."""
        if self._task is None or self._tried.is_set():
            return
        trying = asyncio.ensure_future(self._tried.wait())
        try:
            await asyncio.wait([trying, self._task], timeout=timeout, return_when="FIRST_COMPLETED")
        finally:
            trying.cancel()

    async def withdraw(self, timeout: float) -> None:
        """Announce that every worker is gone, taking at most *timeout* seconds."""
        if self._present:
            self._present.clear()
            self._note()
        await self.tried(timeout)

    async def aclose(self) -> None:
        """Announce nothing more; may be called twice."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=PUBLISH_SECONDS)

    def _note(self) -> None:
        self._tried.clear()
        self._changed.set()

    async def _keep(self) -> None:
        failures = 0
        while True:
            self._changed.clear()
            well = await self._tell()
            failures = 0 if well else failures + 1
            if not self._changed.is_set():
                self._tried.set()
            try:
                pause = None if well else self._pauses[min(failures, len(self._pauses)) - 1]
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _tell(self) -> bool:
        """Announce what differs from what was told before; return whether all went well."""
        gone = [worker for uid, worker in self._told.items() if uid not in self._present]
        new = [
            worker
            for uid, worker in self._present.items()
            if uid not in self._told or uid in self._untold
        ]
        results = await asyncio.gather(
            *(self._publish("worker-dropped", worker) for worker in gone),
            *(self._publish("worker-added", worker) for worker in new),
        )
        return all(results)

    async def _publish(self, type: DiscoveryEventType, worker: WorkerMetadata) -> bool:
        # One whose announcement failed may be known all the same, and has to be dropped.
        self._told[worker.uid] = worker
        self._untold.add(worker.uid)
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._publisher.publish(type, worker)
        except Exception as exc:  # noqa: BLE001 - a discovery may be the application's own
            self._complain(type, worker, exc)
            return False
        self._untold.discard(worker.uid)
        if type == "worker-dropped":
            del self._told[worker.uid]
        self._complained = False
        return True

    def _complain(self, type: DiscoveryEventType, worker: WorkerMetadata, exc: Exception) -> None:
        log.log(
            logging.DEBUG if self._complained else logging.WARNING,
            "%s could not announce %s for %s (%s: %s); it is tried again",
            _named(self._publisher),
            type,
            worker.uid,
            exc.__class__.__name__,
            exc,
        )
        self._complained = True


def _named(publisher: object) -> str:
    return publisher.__class__.__name__
