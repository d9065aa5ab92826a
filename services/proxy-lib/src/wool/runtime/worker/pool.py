"""A pool of workers, and the routines' way to them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from contextvars import Token
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast, overload

from wool.runtime.checks import (
    checked_count,
    checked_credentials,
    checked_seconds,
    checked_tags,
)
from wool.runtime.context import ACTIVE, InPlace, activated
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.routine.wrapper import bound
from wool.runtime.scope import PoolScopeFactory
from wool.runtime.worker.base import WorkerLike
from wool.runtime.worker.crew import Crew
from wool.runtime.worker.factory import taken
from wool.runtime.worker.local import LocalWorker
from wool.runtime.worker.proxy import Proxy
from wool_common.credentials import WorkerCredentials
from wool_common.deadline import Deadline
from wool_common.errors import NoActivePool
from wool_common.metadata import WorkerId, WorkerMetadata

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")
S = TypeVar("S")

HURRY_SECONDS = 0.4
"""What running tasks get to clean up when the pool is left by an exception."""


class WorkerPool:
    """
    A pool of workers; routines called within its block run on them.

    Without arguments one private worker per CPU is started. *size* (or its other name
    *spawn*) says how many, 0 meaning one per CPU; *tags* are given to each. *worker* makes
    a worker from tags: a class or a function, `LocalWorker` by default. *credentials* have
    all of it speak TLS; *worker* is offered them by signature. *respawn* replaces workers
    that crash. Leaving the block lets running tasks finish for at most
    *shutdown_timeout* seconds; leaving it by an exception cancels them.

    A pool is used once. Calls may come from any event loop or thread of the process; the
    pool itself lives on the loop that entered it.

    Raises:
        TypeError, ValueError: an argument is wrong; the text names it.
    """

    def __init__(
        self,
        *tags: str,
        size: int | None = None,
        spawn: int | None = None,
        worker: Callable[..., WorkerLike] = LocalWorker,
        credentials: WorkerCredentials | None = None,
        shutdown_timeout: float | None = 60.0,
        respawn: bool = True,
    ) -> None:
        self._size = plan_size(size, spawn, cpus=os.cpu_count() or 1)
        if not callable(worker):
            raise TypeError(f"worker is called with the tags to make a worker; {worker!r} cannot")
        if shutdown_timeout is not None:
            checked_seconds("shutdown_timeout", shutdown_timeout)
        self._tags = checked_tags(tags)
        self._credentials = checked_credentials(credentials)
        self._factory = worker
        self._shutdown_timeout = shutdown_timeout
        self._respawn = respawn
        self._used = False
        self._proxy: Proxy | None = None
        self._crew: Crew | None = None
        self._token: Token[Proxy | InPlace | None] | None = None

    # ── life ──────────────────────────────────────────────────────────────────

    async def __aenter__(self) -> Self:
        """
        Start the workers and make the pool the active one.

        Raises:
            WorkerStartError: a worker did not become ready; the others were stopped.
            RuntimeError: the pool was used before.
        """
        if self._used:
            raise RuntimeError("a WorkerPool is used once; make another one")
        self._used = True
        balancer = RoundRobinLoadBalancer()
        proxy = Proxy(
            balancer=balancer, home=asyncio.get_running_loop(), credentials=self._credentials
        )
        proxy.scope = PoolScopeFactory(proxy.id, balancer).payload()
        crew = Crew(self._make_worker, proxy, respawn=self._respawn)
        try:
            await crew.start(self._size)
            await proxy.settled()
        except BaseException:
            await crew.stop(0.0, hurry=True)
            await proxy.aclose()
            raise
        self._proxy, self._crew = proxy, crew
        self._token = ACTIVE.set(proxy)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the workers and end every session."""
        proxy, crew = self._open_proxy(), cast(Crew, self._crew)
        token, self._token = self._token, None
        if token is not None:
            _reset(token)
        hurry = kind is not None
        grace = HURRY_SECONDS if hurry else self._shutdown_timeout
        try:
            if hurry:
                for session in proxy.sessions():
                    session.cancel()
            else:
                grace = await _let_finish(proxy, grace)
            await crew.stop(grace, hurry=hurry)
        finally:
            self._proxy = None
            await proxy.aclose()

    # ── use ───────────────────────────────────────────────────────────────────

    @property
    def workers(self) -> tuple[WorkerMetadata, ...]:
        """The workers that would take a task now."""
        return tuple(m.metadata for m in self._open_proxy().ready)

    @contextmanager
    def active(self) -> Generator[Self]:
        """Make this pool the active one within a block, in any task or thread."""
        with activated(self._open_proxy()):
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
        return bound(routine, self._open_proxy())(*args, **kwargs)

    async def broadcast(
        self, routine: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> dict[WorkerId, R]:
        """
        Run *routine* once on every worker that would take a task now.

        Returns each worker's result by its id. The first failure cancels the rest and is
        raised.
        """
        proxy = self._open_proxy()
        several: dict[WorkerId, asyncio.Task[R]] = {}
        if not proxy.ready:
            await proxy.some_ready(None)
        try:
            async with asyncio.TaskGroup() as group:
                for member in proxy.ready:
                    pinned = bound(routine, proxy, worker=member.metadata)
                    call = pinned(*args, **kwargs)
                    several[member.metadata.uid] = group.create_task(call)
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from group_error.exceptions[0].__cause__
        return {uid: task.result() for uid, task in several.items()}

    def _make_worker(self) -> WorkerLike:
        offered = {} if self._credentials is None else {"credentials": self._credentials}
        return self._factory(*self._tags, **taken(self._factory, offered))

    def _open_proxy(self) -> Proxy:
        if self._proxy is None:
            raise NoActivePool("this pool is not open; use it within `async with` its block")
        return self._proxy


def plan_size(size: int | None, spawn: int | None, *, cpus: int) -> int:
    """
    Return how many workers to start.

    Raises:
        TypeError, ValueError: the numbers make no sense; the text says why.
    """
    if size is not None and spawn is not None:
        raise TypeError("size and spawn are two names for one thing; give one of them")
    name, wanted = ("size", size) if spawn is None else ("spawn", spawn)
    if wanted is None:
        return cpus
    checked_count(name, wanted, least=0, unit="workers (0: one per CPU)")
    return wanted or cpus


async def _let_finish(proxy: Proxy, grace: float | None) -> float | None:
    """Let calls under way end, close idle generators, and return what is left of *grace*."""
    deadline = None if grace is None else Deadline.after(grace)
    with suppress(TimeoutError):
        async with asyncio.timeout(grace):
            await asyncio.gather(*(session.quiet() for session in proxy.sessions()))
    for session in proxy.sessions():
        session.shed("the pool was left while the generator waited to be resumed")
    return None if deadline is None else deadline.remaining()


def _reset(token: Token[Proxy | InPlace | None]) -> None:
    """Put the former pool back; the block may be left in another task than it was entered in."""
    try:
        ACTIVE.reset(token)
    except ValueError:
        return
