"""One worker of a pool, as its proxy knows it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, Protocol

from wool.runtime.worker.session import Session
from wool.runtime.worker.wire import GrpcWire
from wool_common import frames as f
from wool_common.credentials import WorkerCredentials
from wool_common.errors import (
    HandshakeError,
    VersionMismatch,
    WoolError,
)
from wool_common.metadata import WorkerMetadata

log = logging.getLogger("wool")

RETRY_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
"""Pauses before a worker that could not be reached is dialled again; the last one repeats."""

HANDSHAKES: Final = 3
"""How many must fail on end before TLS is to blame: a worker that ends hangs up likewise."""


UNTRIED: Final = "not connected yet"
"""The reason of a member of which it is not known yet whether it can be used."""


class State(Enum):
    """How a member can be used."""

    CONNECTING = "connecting"
    READY = "ready"
    UNTRUSTED = "no TLS"
    INCOMPATIBLE = "incompatible"
    CLOSED = "closed"


REFUSED: Final = frozenset({State.UNTRUSTED, State.INCOMPATIBLE})
"""Where waiting does not help: either side would have to be set up differently."""


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
        credentials: WorkerCredentials | None = None,
    ) -> None:
        self.metadata = metadata
        self.state = State.CONNECTING
        self.reason = UNTRIED
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
        try:
            if self.session is not None:
                await self.session.emptied()
        finally:
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
            state = State.CONNECTING
            try:
                await wire.run(self._pool.opening, self._welcomed, session.receive)
                failures = 0
            except asyncio.CancelledError:
                session.close(self.reason)
                raise
            except VersionMismatch as exc:
                state = State.INCOMPATIBLE
                reason = str(exc)
            except HandshakeError as exc:
                state = State.UNTRUSTED if failures + 1 >= HANDSHAKES else state
                reason = exc.details
            except WoolError as exc:
                reason = str(exc)
            except Exception as exc:  # whatever it is, callers must not wait for ever
                log.exception("the session with worker %s has failed", self.metadata.uid)
                reason = f"{type(exc).__name__}: {exc}"
            if self.state is State.READY:
                # One that drains would be dialled over and over until it is gone.
                failures = len(RETRY_SECONDS) if session.draining else 0
            self._cut(state, reason)
            try:
                if session.active:
                    reason = await self._explain(reason)
            finally:
                session.close(reason)
            if self.state in (State.CONNECTING, State.UNTRUSTED):
                self._change(self.state, reason)
                await asyncio.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
                failures += 1

    def _welcomed(self, metadata: WorkerMetadata) -> None:
        session = self.session
        assert session is not None
        session.welcome()
        self._change(State.READY, "")

    def _cut(self, state: State, reason: str) -> None:
        """Note that there is no session now, unless the worker has left the pool anyway."""
        if self.state not in (State.CLOSED, state):
            self._change(state, reason)

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
