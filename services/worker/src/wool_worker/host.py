"""What one worker is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from wool_common.credentials import CredentialsLike
from wool_common.frames import ClientFrame, WorkerFrame
from wool_common.metadata import WorkerMetadata
from wool_worker.admission import Admission
from wool_worker.docket import Docket
from wool_worker.executor import Executor
from wool_worker.limits import NO_LIMIT, ValueLimit
from wool_worker.pools import KnownPool, Pool, Pools
from wool_worker.session import Session
from wool_worker.values import Reader

READERS: Final = 256
"""Threads for large values; each waits for bytes, so that few would let one client stop all."""


class Host:
    """What one worker is made of; built in `app`, handed to its sessions."""

    def __init__(
        self,
        *,
        worker: WorkerMetadata,
        home: asyncio.AbstractEventLoop,
        docket: Docket,
        admission: Admission,
        executor: Executor,
        credentials: CredentialsLike | None = None,
        limit: ValueLimit = NO_LIMIT,
    ) -> None:
        self.worker = worker
        self.home = home
        self.docket = docket
        self.admission = admission
        self.executor = executor
        self.credentials = credentials
        self.limit = limit
        self.reader = Reader(ThreadPoolExecutor(READERS, thread_name_prefix="wool-reader"))
        self.pools = Pools(self)

    def loopback(self, pool: Pool, say: Callable[[WorkerFrame], None]) -> HereAgain:
        """Open a session of *pool* with this very worker, on the routines' loop."""
        return HereAgain(self, pool, say)


class HereAgain:
    """A session with the worker one is already on, all of it on the routines' loop."""

    def __init__(self, host: Host, pool: Pool, say: Callable[[WorkerFrame], None]) -> None:
        self._executor = host.executor
        self._session = Session(
            host,
            pools=KnownPool(pool),
            loop=host.executor.loop,
            say=lambda frame, alone=False: say(frame),
            post=self._tell,
            limit=host.limit,
        )

    def _tell(self, frame: WorkerFrame) -> None:
        self._session.tell(frame)

    def receive(self, frame: ClientFrame) -> None:
        """Act on *frame*."""
        self._session.receive(frame)

    def close(self) -> None:
        """Cancel the tasks of this session."""
        self._executor.do(self._session.close)
