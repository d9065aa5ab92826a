"""The workers a pool has started itself: kept at full strength until they are stopped."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, cast

from wool.runtime.worker.base import WorkerLike
from wool.runtime.worker.process import WorkerExit
from wool_common.errors import WorkerStartError
from wool_common.metadata import WorkerId, WorkerMetadata

log = logging.getLogger("wool")

RESPAWN_PAUSES: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a worker that keeps crashing is started again; the last one repeats."""

STEADY_SECONDS: Final = 30.0
"""A worker that lived this long did not crash because of how it was started."""


class Members(Protocol):
    """Where workers are made known to callers."""

    def join(
        self,
        worker: WorkerMetadata,
        post_mortem: Callable[[], Awaitable[str | None]] | None = None,
        *,
        own: bool = False,
    ) -> None: ...

    def leave(self, uid: WorkerId) -> None: ...


class Watched(Protocol):
    """A worker whose end can be noticed."""

    def on_exit(self, callback: Callable[[WorkerExit], None]) -> None: ...

    async def exited(self) -> WorkerExit: ...


class Announces(Protocol):
    """Where workers are made known to other pools."""

    def put(self, worker: WorkerMetadata, /) -> None: ...

    def drop(self, uid: WorkerId, /) -> None: ...


class Crew:
    """
    The workers a pool has started itself; lives on the pool's home loop.

    Each is announced by *announcer*, if there is one, from when it is a member.
    """

    def __init__(
        self,
        make: Callable[[], WorkerLike],
        members: Members,
        *,
        respawn: bool,
        announcer: Announces | None = None,
    ) -> None:
        self.uids: set[WorkerId] = set()
        """Every worker there ever was, also those that are gone."""
        self._make = make
        self._members = members
        self._respawn = respawn
        self._announcer = announcer
        self._workers: dict[WorkerId, WorkerLike] = {}
        self._replacing: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self, count: int) -> None:
        """
        Start *count* workers at once.

        Raises:
            WorkerStartError: one of them did not become ready; all were stopped.
        """
        # Made here, so that what a worker warns of can be told to the application's own line.
        workers = [self._make() for _ in range(count)]
        starts = [asyncio.ensure_future(self._start_one(worker)) for worker in workers]
        try:
            await asyncio.gather(*starts)
        except BaseException:
            self._stopping = True
            for start in starts:
                start.cancel()
            await asyncio.gather(*starts, return_exceptions=True)
            await self.stop(0.0, hurry=True)
            raise

    def stand_down(self) -> None:
        """Replace no worker from now on."""
        self._stopping = True

    async def stop(self, grace: float | None, *, hurry: bool) -> None:
        """
        Stop every worker, giving running tasks *grace* seconds.

        *hurry* ends by force what does not follow at once.
        """
        self.stand_down()
        for task in self._replacing:
            task.cancel()
        if self._replacing:
            await asyncio.wait(self._replacing)
        workers, self._workers = self._workers, {}
        timeout = None if grace is None or not hurry else grace
        stops = [
            worker.stop(grace=0.0 if hurry else grace, timeout=timeout)
            for worker in workers.values()
        ]
        results = await asyncio.gather(*stops, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _start_one(self, worker: WorkerLike, failures: int = 0) -> None:
        """Start *worker* in the place of one whose line has failed *failures* times in a row."""
        made: object = worker
        if not isinstance(made, WorkerLike):
            raise TypeError(f"worker must make workers, with start and stop; it made {made!r}")
        await worker.start()
        metadata = worker.metadata
        if metadata is None:
            raise WorkerStartError(f"{worker!r} has started and does not say where it is")
        self._workers[metadata.uid] = worker
        self.uids.add(metadata.uid)
        began = time.monotonic()

        def gone(end: WorkerExit) -> None:
            steady = time.monotonic() - began > STEADY_SECONDS
            self._gone(metadata, end, 0 if steady else failures + 1)

        post_mortem = None
        if hasattr(worker, "on_exit"):
            watched = cast(Watched, worker)
            post_mortem = _PostMortem(watched)
            watched.on_exit(gone)
        self._members.join(metadata, post_mortem, own=True)
        if self._announcer is not None:
            self._announcer.put(metadata)

    def _gone(self, worker: WorkerMetadata, end: WorkerExit, failures: int) -> None:
        """Act on the end of a worker nobody has stopped."""
        self._workers.pop(worker.uid, None)
        self._members.leave(worker.uid)
        if self._announcer is not None:
            self._announcer.drop(worker.uid)
        if self._stopping:
            return

        then = "another one is started" if self._respawn else "the pool goes on without it"
        log.warning("worker %s died (%s); %s", worker.uid, end.description, then)
        if self._respawn:
            task = asyncio.get_running_loop().create_task(
                self._replace(failures), name="wool-worker-respawn"
            )
            self._replacing.add(task)
            task.add_done_callback(self._replacing.discard)

    async def _replace(self, failures: int) -> None:
        """Start another worker, however often it takes."""
        while not self._stopping:
            await asyncio.sleep(RESPAWN_PAUSES[min(max(failures - 1, 0), len(RESPAWN_PAUSES) - 1)])
            try:
                await self._start_one(self._make(), failures)
            except Exception as exc:  # noqa: BLE001 - how a worker is made is up to the application
                log.warning("a worker did not start: %s", str(exc).partition("\n")[0])
                failures += 1
            else:
                return


class _PostMortem:
    """Tells why a worker's process ended."""

    def __init__(self, worker: Watched) -> None:
        self._worker = worker

    async def __call__(self) -> str | None:
        try:
            async with asyncio.timeout(0.25):
                return (await self._worker.exited()).description
        except TimeoutError:
            return None
