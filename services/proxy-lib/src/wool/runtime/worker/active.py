"""A pool as those see it who call routines on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from contextvars import Token
from types import TracebackType
from typing import Any, ClassVar, ParamSpec, Self, TypeVar, overload

from wool.runtime.context import ACTIVE, InPlace, activated
from wool.runtime.routine.wrapper import bound
from wool.runtime.worker.gateway import Proxy
from wool.runtime.worker.peer import State
from wool.runtime.worker.pool_config import PoolConfig
from wool.runtime.worker.pool_run import PoolRun
from wool.runtime.worker.stats import PoolStats, PoolWorker, workers_of
from wool_common.errors import NoActivePool
from wool_common.metadata import WorkerId

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")
S = TypeVar("S")


class ActivePool:
    """
    A pool from its entry to its end; routines called within its block run on its workers.

    Used once. Calls may come from any event loop or thread of the process; the pool itself
    lives on the loop that entered it.
    """

    _unopened: ClassVar[str]
    """What is said to whoever uses it before its entry, or after its end."""

    def __init__(self, config: PoolConfig) -> None:
        self._config = config
        self._used = False
        self._run: PoolRun | None = None
        self._proxy: Proxy | None = None
        self._token: Token[Proxy | InPlace | None] | None = None

    # ── life ──────────────────────────────────────────────────────────────────

    async def __aenter__(self) -> Self:
        """
        Start what the pool consists of, and make it the active one.

        Raises:
            TypeError: a factory led to something else than its argument stands for.
            DiscoveryError: the discovery did not get ready.
            WorkerStartError: a worker did not become ready; the others were stopped.
            NoWorkersAvailable: the quorum was not reached; only where *lazy* is false.
            RuntimeError: the pool was used before.
        """
        await self._begin()
        self._token = ACTIVE.set(self._opened())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, in a hurry where the block is left by an exception."""
        token, self._token = self._token, None
        if token is not None:
            with suppress(ValueError):  # left in another task than it was entered in
                ACTIVE.reset(token)
        await self._end(hurry=kind is not None)

    async def _begin(self) -> None:
        if self._used:
            raise RuntimeError(f"a {type(self).__name__} is used once; make another one")
        self._used = True
        run = PoolRun(self._config)
        self._proxy = await run.open()
        self._run = run

    async def _end(self, *, hurry: bool) -> None:
        run, self._run = self._run, None
        try:
            if run is not None:
                await run.close(hurry=hurry)
        finally:
            self._proxy = None

    # ── use ───────────────────────────────────────────────────────────────────

    @property
    def workers(self) -> tuple[PoolWorker, ...]:
        """The workers that would take a task now, with how busy they are."""
        return workers_of(self._opened().present)

    def stats(self) -> PoolStats:
        """Return every worker of the pool as it is now, with why one cannot be used."""
        return self._opened().stats()

    @contextmanager
    def active(self) -> Generator[Self]:
        """Make this pool the active one within a block, in any task or thread."""
        with activated(self._opened()):
            yield self

    @overload
    def run(
        self, routine: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[Any, Any, R]: ...
    @overload
    def run(
        self, routine: Callable[P, AsyncGenerator[Y, S]], *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[Y, S]: ...
    def run(self, routine: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """
        Call *routine* on this pool, whichever is active.

        Returns what the routine returns: something to await, or to iterate over.
        """
        return bound(routine, self._opened())(*args, **kwargs)

    async def broadcast(
        self, routine: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> dict[WorkerId, R]:
        """
        Run *routine* once on every worker that would take a task now.

        Returns each worker's result by its id. The first failure cancels the rest and is
        raised.
        """
        proxy = self._opened()
        several: dict[WorkerId, asyncio.Task[R]] = {}
        if not proxy.ready:
            await proxy.some_ready(None)
        if any(member.state is State.KNOWN for member in proxy.members):
            await proxy.wake_all()
        try:
            async with asyncio.TaskGroup() as group:
                for member in proxy.present:
                    pinned = bound(routine, proxy, worker=member.metadata)
                    call = pinned(*args, **kwargs)
                    several[member.metadata.uid] = group.create_task(call)
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from group_error.exceptions[0].__cause__
        return {uid: task.result() for uid, task in several.items()}

    def _opened(self) -> Proxy:
        if self._proxy is None:
            raise NoActivePool(self._unopened)
        return self._proxy
