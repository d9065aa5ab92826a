"""One worker of a pool, as its proxy knows it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, Protocol

import grpc

from wool.runtime.worker.session import Session
from wool.runtime.worker.wire import GrpcWire
from wool_common import frames as f
from wool_common.errors import ProtocolViolation, RpcError, VersionMismatch, WoolError
from wool_common.metadata import WorkerMetadata

RETRY_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
"""Pauses before a worker that could not be reached is dialled again; the last one repeats."""


class State(Enum):
    """How a member can be used."""

    CONNECTING = "connecting"
    READY = "ready"
    INCOMPATIBLE = "incompatible"
    CLOSED = "closed"


class Pool(Protocol):
    """What a member needs of the pool it is in."""

    def opening(self) -> f.OpenPool: ...

    def member_changed(self, member: object) -> None: ...


class Member:
    """One worker of a pool; lives on the pool's home loop."""

    def __init__(
        self,
        metadata: WorkerMetadata,
        pool: Pool,
        *,
        post_mortem: Callable[[], Awaitable[str | None]] | None = None,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        self.metadata = metadata
        self.state = State.CONNECTING
        self.reason = "not connected yet"
        self.session: Session | None = None
        self._pool = pool
        self._post_mortem = post_mortem
        self._credentials = credentials
        self._keeping: asyncio.Task[None] | None = None

    @property
    def load(self) -> f.Load:
        """How busy the worker last said it was."""
        return self.session.load if self.session is not None else f.Load(0, 0)

    @property
    def usable(self) -> bool:
        """True where a task may be sent."""
        session = self.session
        return self.state is State.READY and session is not None and not session.draining

    def open(self) -> None:
        """Begin to keep a session with the worker."""
        self._keeping = asyncio.get_running_loop().create_task(
            self._keep(), name=f"wool-member-{self.metadata.uid}"
        )

    async def retire(self) -> None:
        """Take no new task, and end the session once the running ones have."""
        self._change(State.CLOSED, "the worker has left the pool")
        if self.session is not None:
            await self.session.emptied()
        await self.aclose()

    async def aclose(self) -> None:
        """End the session; calls that still run hear that the worker is lost to them."""
        self._change(State.CLOSED, "the pool was closed")
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def _keep(self) -> None:
        """Keep a session with the worker for as long as it is a member."""
        failures = 0
        while self.state not in (State.CLOSED, State.INCOMPATIBLE):
            wire = GrpcWire(self.metadata.address, self._credentials)
            session = self.session = Session(asyncio.get_running_loop(), wire, self._drained)
            reason = "the worker ended the session"
            try:
                await wire.run(self._pool.opening, self._welcomed, session.receive)
                failures = 0
            except asyncio.CancelledError:
                session.close(self.reason)
                raise
            except VersionMismatch as exc:
                self._change(State.INCOMPATIBLE, str(exc))
                reason = str(exc)
            except (RpcError, ProtocolViolation, WoolError) as exc:
                reason = str(exc)
            was_ready = self.state is State.READY
            if was_ready:
                failures = 0
                self._change(State.CONNECTING, reason)
            session.close(await self._explain(reason) if session.active else reason)
            if self.state is State.CONNECTING:
                self.reason = reason
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1

    def _welcomed(self, metadata: WorkerMetadata) -> None:
        session = self.session
        assert session is not None
        session.welcome()
        self._change(State.READY, "")

    def _drained(self) -> None:
        self._pool.member_changed(self)

    def _change(self, state: State, reason: str) -> None:
        self.state = state
        self.reason = reason
        self._pool.member_changed(self)

    async def _explain(self, reason: str) -> str:
        """Return why the worker is gone, from its process where that can be asked."""
        if self._post_mortem is None:
            return reason
        return await self._post_mortem() or reason
