"""A worker without a process, which does as it is told."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import grpc.aio

from wool.runtime.worker.base import Worker
from wool.runtime.worker.folder import SOCKET, private_folder
from wool.runtime.worker.process import WorkerExit
from wool.testing.inplace import Place
from wool.testing.reactions import Accept, Reaction, Refuse
from wool.testing.service import FakeService
from wool.testing.session import FakeSession
from wool_common.channels import server
from wool_common.errors import StatusCode, WorkerStartError
from wool_common.frames import Draining, Load
from wool_common.metadata import PROTOCOL, PYTHON, VERSION, WorkerMetadata
from wool_common.task import Task
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

LEAVE_SECONDS: Final = 1.0
"""What clients may take to leave a worker that stops, tasks included."""

DRAINING: Final = Refuse(
    code=StatusCode.UNAVAILABLE, reason="draining", details="the worker is draining"
)


class FakeWorker(Worker):
    """
    A worker that serves in this process, over real gRPC, on the loop that starts it.

    *script* holds what to do with the tasks that arrive, in order; those after it are
    treated as *otherwise* says. Without *host* it listens on a Unix socket. *version*,
    *protocol* and *python* are what it says about itself; a client that differs in the
    last two is turned away.
    """

    def __init__(
        self,
        *tags: str,
        script: Iterable[Reaction] = (),
        otherwise: Reaction | None = None,
        host: str | None = None,
        port: int = 0,
        version: str = VERSION,
        protocol: int = PROTOCOL,
        python: str = PYTHON,
        **extra: str,
    ) -> None:
        super().__init__(*tags, **extra)
        self.tasks: list[Task] = []
        """The tasks that were begun here, in order."""
        self.sessions: set[FakeSession] = set()
        self.load = Load(0, 0)
        self.draining = False
        self._script = deque(script)
        self._otherwise = otherwise or Accept()
        self._listen = (host, port)
        self._versions = (version, protocol, python)
        self._folder: Path | None = None
        self._server: grpc.aio.Server | None = None
        self._exit: asyncio.Future[WorkerExit] | None = None

    # ── what a test tells it ──────────────────────────────────────────────────

    def will(self, *reactions: Reaction) -> None:
        """Add *reactions* to the script."""
        self._script.extend(reactions)

    def report(self, active: int, waiting: int = 0) -> None:
        """Tell every client that the worker is this busy."""
        self.load = Load(active, waiting)
        for session in self.sessions:
            session.tell(self.load)

    def drain(self) -> None:
        """Tell every client that new tasks will be refused, and refuse them."""
        self.draining = True
        for session in self.sessions:
            session.tell(Draining())

    def cut(self, details: str = "the fake worker cut the session") -> None:
        """End every session without another word; clients may dial again."""
        for session in tuple(self.sessions):
            session.cut(details)

    async def crash(self, returncode: int = -9) -> None:
        """Go away without another word, as a process that is killed."""
        self.cut("the fake worker crashed")
        await self._end(WorkerExit(returncode=returncode))

    # ── what a pool asks it ───────────────────────────────────────────────────

    def on_exit(self, callback: Callable[[WorkerExit], None]) -> None:
        """Have *callback* called once the worker has stopped or crashed."""
        self._ended().add_done_callback(lambda end: callback(end.result()))

    async def exited(self) -> WorkerExit:
        """Wait until the worker has stopped or crashed."""
        return await asyncio.shield(self._ended())

    # ── what its service asks it ──────────────────────────────────────────────

    @property
    def here(self) -> WorkerMetadata:
        """What the worker says about itself."""
        assert self._metadata is not None
        return self._metadata

    @property
    def place(self) -> Place:
        """Where routines run that are called by the ones that run here."""
        return Place(self.here)

    def reaction_to(self, task: Task) -> Reaction:
        """Return what to do with *task*."""
        if self.draining:
            return DRAINING
        return self._script.popleft() if self._script else self._otherwise

    def begun(self, task: Task) -> None:
        """Note that *task* begins."""
        self.tasks.append(task)

    # ── its life ──────────────────────────────────────────────────────────────

    async def _start(self, timeout: float | None) -> WorkerMetadata:
        self._exit = asyncio.get_running_loop().create_future()
        self._server = server()
        sgrpc.add_WorkerServiceServicer_to_server(FakeService(self), self._server)
        address = self._bind(self._server)
        version, protocol, python = self._versions
        # Set before the first client can ask for it.
        self._metadata = WorkerMetadata(
            uid=self.uid,
            address=address,
            pid=os.getpid(),
            version=version,
            tags=self.tags,
            extra=self.extra,
            python=python,
            protocol=protocol,
        )
        await self._server.start()
        return self._metadata

    async def _stop(self, grace: float | None, timeout: float | None) -> None:
        self.drain()
        leaving = [asyncio.ensure_future(session.ended.wait()) for session in self.sessions]
        if leaving:
            # Clients leave a worker that drains once their tasks there have ended.
            seconds = LEAVE_SECONDS if grace is None else min(grace, LEAVE_SECONDS)
            _, staying = await asyncio.wait(leaving, timeout=seconds)
            for waiting in staying:
                waiting.cancel()
        await self._end(WorkerExit(returncode=0), leave=LEAVE_SECONDS)

    def _bind(self, listener: grpc.aio.Server) -> str:
        host, port = self._listen
        if host is None:
            self._folder = private_folder()
            address = f"unix:{self._folder / SOCKET}"
            listener.add_insecure_port(address)
            return address
        try:
            return f"{host}:{listener.add_insecure_port(f'{host}:{port}')}"
        except RuntimeError as exc:
            raise WorkerStartError(f"the fake worker cannot listen on {host}:{port}") from exc

    async def _end(self, end: WorkerExit, *, leave: float = 0.0) -> None:
        listener, self._server = self._server, None
        if listener is not None:
            # Streams that are cut, even as they end, make gRPC complain on standard error.
            await listener.stop(leave)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        ended = self._ended()
        if not ended.done():
            ended.set_result(end)

    def _ended(self) -> asyncio.Future[WorkerExit]:
        if self._exit is None:
            raise RuntimeError("this worker is not started")
        return self._exit


class FakeWorkers:
    """
    Makes fake workers for a pool, and keeps them for the test.

        workers = FakeWorkers()
        async with WorkerPool(size=2, worker=workers):
            workers[0].will(Refuse())

    *make* makes each, from the pool's tags.
    """

    def __init__(self, make: Callable[..., FakeWorker] = FakeWorker) -> None:
        self._make = make
        self._made: list[FakeWorker] = []

    def __call__(self, *tags: str) -> FakeWorker:
        """Make another one."""
        worker = self._make(*tags)
        self._made.append(worker)
        return worker

    def __getitem__(self, index: int) -> FakeWorker:
        return self._made[index]

    def __iter__(self) -> Iterator[FakeWorker]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)
