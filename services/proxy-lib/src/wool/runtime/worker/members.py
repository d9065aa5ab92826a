"""One worker of a pool, as its proxy knows it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol

from wool.runtime.worker.peer import State
from wool.runtime.worker.session import Session
from wool.runtime.worker.wire import GrpcWire
from wool_common import frames as f
from wool_common.credentials import CredentialsLike
from wool_common.errors import (
    HandshakeError,
    VersionMismatch,
    WoolError,
)
from wool_common.metadata import WorkerMetadata

log = logging.getLogger("wool")

RETRY_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)
"""Pauses before a worker that could not be reached is dialled again; the last one repeats."""

GONE_SECONDS: Final = 10.0
"""The pause where another worker answers in its place."""

HANDSHAKES: Final = 3
"""How many must fail on end before TLS is to blame: a worker that ends hangs up likewise."""

UNTRIED: Final = "not connected yet"
"""The reason of a member of which it is not known yet whether it can be used."""

OUTSIDE: Final = "not connected: outside of the subset that this client uses"
"""The reason of a member that others are used instead of."""


class Pool(Protocol):
    """What a member needs of the pool it is in."""

    def opening(self) -> f.OpenPool: ...

    def member_changed(self, member: Member) -> None: ...

    def member_refused(self, member: Member, refused: f.Refused) -> None: ...

    def member_lost(self, member: Member, reason: str) -> None: ...

    def member_reported(self, member: Member, load: f.Load) -> None: ...

    @property
    def member_busied(self) -> Callable[[], None]: ...


class Elsewhere(WoolError):
    """Another worker answers where this one was."""


class Member:
    """One worker of a pool; lives on the pool's home loop."""

    def __init__(
        self,
        metadata: WorkerMetadata,
        pool: Pool,
        *,
        post_mortem: Callable[[], Awaitable[str | None]] | None = None,
        credentials: CredentialsLike | None = None,
    ) -> None:
        self.advertised = metadata
        """What the pool was told of the worker."""
        self.metadata = metadata
        """What the worker says about itself, once it has."""
        self.state = State.KNOWN
        self.reason = UNTRIED
        self.session: Session | None = None
        self.failures = 0
        """Attempts to reach the worker that have failed on end."""
        self.resting = False
        self._pool = pool
        self._post_mortem = post_mortem
        self._credentials = credentials
        self._keeping: asyncio.Task[None] | None = None

    @property
    def load(self) -> f.Load:
        """How busy the worker last said it was."""
        return self.session.load if self.session is not None else f.Load(0, 0)

    @property
    def draining(self) -> bool:
        """True once the worker has said that it takes no new tasks."""
        return self.state is not State.KNOWN and self._said_so

    @property
    def _said_so(self) -> bool:
        return self.session is not None and self.session.draining

    @property
    def usable(self) -> bool:
        """True where a task may be sent."""
        return self.state is State.READY and not self.resting and not self.draining

    @property
    def promising(self) -> bool:
        """True where it can be used, or may be soon."""
        if self.state is State.KNOWN:
            return True
        return (
            self.state in (State.CONNECTING, State.READY)
            and not self.failures
            and not self.draining
        )

    def open(self) -> None:
        """Begin to keep a session with the worker, or go on with the one there is."""
        self.resting = False
        if self._keeping is not None:
            self._pool.member_changed(self)
            return
        self.state, self.reason, self.failures = State.CONNECTING, UNTRIED, 0
        self._keeping = asyncio.get_running_loop().create_task(
            self._keep(), name=f"wool-member-{self.metadata.uid}"
        )

    def rest(self) -> Coroutine[Any, Any, None]:
        """
        Take no new task from now on.

        What is returned ends the session once running tasks have, unless `open` is called.
        """
        self.resting = True
        self._pool.member_changed(self)
        return self._rest()

    async def retire(self) -> None:
        """Take no new task, and end the session once the running ones have."""
        self.resting = False
        self._change(State.CLOSED, "the worker has left the pool")
        try:
            if self.session is not None:
                await self.session.emptied()
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """End the session; calls that still run hear that the worker is lost to them."""
        await self._hang_up(State.CLOSED, "the pool was closed")

    async def _rest(self) -> None:
        if self.session is not None:
            await self.session.emptied()
        if self.resting:
            await self._hang_up(State.KNOWN, OUTSIDE)

    async def _hang_up(self, state: State, reason: str) -> None:
        self.resting = False
        keeping, self._keeping = self._keeping, None
        self._change(state, reason)
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait([keeping])

    async def _keep(self) -> None:
        """Keep a session with the worker for as long as that makes sense."""
        keeper = asyncio.current_task()
        while self.state not in (State.CLOSED, State.INCOMPATIBLE):
            wire = GrpcWire(self.metadata.address, self._credentials)
            session = self.session = Session(
                asyncio.get_running_loop(),
                wire,
                self._drained,
                refused=lambda frame: self._pool.member_refused(self, frame),
                reported=lambda load: self._pool.member_reported(self, load),
                busied=self._pool.member_busied,
            )
            session.worker = self.metadata
            reason = "the worker ended the session"
            state = State.CONNECTING
            try:
                welcomed = partial(self._welcomed, keeper, session)
                await wire.run(self._opening, welcomed, session.receive)
            except asyncio.CancelledError:
                session.close(self.reason)
                raise
            except VersionMismatch as exc:
                state, reason = State.INCOMPATIBLE, str(exc)
            except Elsewhere as exc:
                state, reason = State.GONE, str(exc)
            except HandshakeError as exc:
                state = State.UNTRUSTED if self.failures + 1 >= HANDSHAKES else state
                reason = exc.details
            except WoolError as exc:
                reason = str(exc)
            except Exception as exc:  # whatever it is, callers must not wait for ever
                log.exception("the session with worker %s has failed", self.metadata.uid)
                reason = f"{type(exc).__name__}: {exc}"
            if self._keeping is not keeper:
                session.close(self.reason)
                return
            await self._end(session, state, reason)
            await self._pause(state, session)

    async def _end(self, session: Session, state: State, reason: str) -> None:
        """Take in that *session* has ended, and tell its callers."""
        if self.state is State.READY:
            # One that drains would be dialled over and over until it is gone.
            self.failures = len(RETRY_SECONDS) if session.draining else 0
        else:
            self.failures += 1
        # A worker that drains has said so; who runs there then is not let down.
        if session.active and not session.draining:
            self._pool.member_lost(self, reason)
        self._note(state, reason)
        try:
            if session.active:
                reason = await self._explain(reason)
        finally:
            session.close(reason)
        self._note(state, reason)

    async def _pause(self, state: State, session: Session) -> None:
        if self.state in (State.CLOSED, State.INCOMPATIBLE):
            return
        if state is State.GONE:
            await asyncio.sleep(GONE_SECONDS)
        else:
            # The first failure makes for the first pause, and so does a session that was lost.
            index = max(0, self.failures - (not session.draining))
            await asyncio.sleep(RETRY_SECONDS[min(index, len(RETRY_SECONDS) - 1)])

    def _opening(self, found: WorkerMetadata) -> f.OpenPool:
        """
        Return what the worker is told first, if it is the one that was expected.

        Raises:
            Elsewhere: it is another one.
        """
        if found.uid != self.metadata.uid:
            raise Elsewhere(
                f"another worker ({found.uid}) answers at {self.metadata.address} in its place"
            )
        return self._pool.opening()

    def _welcomed(
        self, keeper: asyncio.Task[None] | None, session: Session, found: WorkerMetadata
    ) -> None:
        if self._keeping is not keeper or self.state is State.CLOSED:
            return  # it was hung up on at this very moment
        # Who advertises a worker knows how to reach it; what it is, it says itself.
        self.metadata = replace(found, address=self.metadata.address)
        self.failures = 0
        session.worker = self.metadata
        session.welcome()
        self._change(State.READY, "")

    def _note(self, state: State, reason: str) -> None:
        """Change the state, unless the worker has left the pool anyway."""
        if self.state is not State.CLOSED:
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
