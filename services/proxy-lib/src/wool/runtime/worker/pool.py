"""A pool of workers, and the routines' way to them."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import contextmanager
from contextvars import Token
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, overload

from wool.runtime.checks import (
    checked_count,
    checked_credentials,
    checked_flag,
    checked_seconds,
    checked_tags,
)
from wool.runtime.context import ACTIVE, InPlace, activated
from wool.runtime.factory import Factory
from wool.runtime.loadbalancer.protocols import LoadBalancerLike
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.outside import user_level
from wool.runtime.routine.wrapper import bound
from wool.runtime.worker.base import WorkerLike
from wool.runtime.worker.gateway import Proxy
from wool.runtime.worker.local import LocalWorker
from wool.runtime.worker.parts import Discovery, checked_balancer, checked_discovery
from wool.runtime.worker.peer import State
from wool.runtime.worker.plan import QUORUM_SECONDS, checked_quorum, plan_pool
from wool.runtime.worker.pool_run import PoolConfig, PoolRun
from wool.runtime.worker.stats import PoolStats
from wool_common.credentials import CredentialsLike
from wool_common.errors import (
    IneffectiveLeaseWarning,
    IneffectiveQuorumTimeoutWarning,
    NoActivePool,
)
from wool_common.metadata import WorkerId, WorkerMetadata

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")
S = TypeVar("S")


class WorkerPool:
    """
    A pool of workers; routines called within its block run on them.

    Without arguments one private worker per CPU is started. *size* (or its other name
    *spawn*) says how many, 0 meaning one per CPU. *worker* makes a worker from tags: a
    class or a function, `LocalWorker` by default; it is offered keywords by signature:
    *credentials*, and the *host* on which a discovery needs workers to listen. *respawn*
    replaces workers that crash.

    With *discovery*, workers are found: only those if there is no *size*, otherwise beside
    the ones that are started, which are announced. It is a `DiscoveryLike`, a bare
    subscriber, or a `Factory` of one; a context manager is entered. *tags* are given to the
    workers that are started, and one of them must be carried by those that are found. At
    most *lease* found workers are used at a time.

    *loadbalancer* (or a `Factory` of one) chooses the worker of each call. The first call,
    or the entry where *lazy* is false, waits until *quorum* workers are ready, for at most
    *quorum_timeout* seconds. Connections are kept to the own workers, and to *subset* of
    those that are found at a time. *credentials* have all of it speak TLS.

    Leaving the block lets running tasks finish for at most *shutdown_timeout* seconds;
    leaving it by an exception cancels them. A pool is used once. Calls may come from any
    event loop or thread of the process; the pool itself lives on the loop that entered it.

    Raises:
        TypeError, ValueError: an argument is wrong; the text names it.
    """

    def __init__(
        self,
        *tags: str,
        size: int | None = None,
        spawn: int | None = None,
        lease: int | None = None,
        worker: Callable[..., WorkerLike] | None = None,
        discovery: Factory[Discovery] | None = None,
        loadbalancer: Factory[LoadBalancerLike] = RoundRobinLoadBalancer,
        credentials: CredentialsLike | None = None,
        quorum: int | None = 1,
        quorum_timeout: float | None = QUORUM_SECONDS,
        shutdown_timeout: float | None = 60.0,
        lazy: bool = True,
        respawn: bool = True,
        subset: int | None = 20,
    ) -> None:
        finds = discovery is not None
        plan = plan_pool(size, spawn, lease, finds=finds, cpus=os.cpu_count() or 1)
        if finds:
            checked_discovery(discovery, publish=bool(plan.own))
        checked_balancer(loadbalancer)
        if worker is not None and not callable(worker):
            raise TypeError(
                "worker must be a class or function that makes a worker from tags, such as"
                f" wool.LocalWorker, not {worker!r}"
            )
        for name, seconds in (
            ("quorum_timeout", quorum_timeout),
            ("shutdown_timeout", shutdown_timeout),
        ):
            if seconds is not None:
                checked_seconds(name, seconds)
        if subset is not None:
            checked_count("subset", subset, least=1, unit="workers")
        self._config = PoolConfig(
            tags=checked_tags(tags),
            plan=plan,
            worker=LocalWorker if worker is None else worker,
            discovery=discovery,
            loadbalancer=loadbalancer,
            credentials=checked_credentials(credentials),
            quorum=checked_quorum(quorum, plan),
            quorum_timeout=quorum_timeout,
            shutdown_timeout=shutdown_timeout,
            lazy=checked_flag("lazy", lazy),
            respawn=checked_flag("respawn", respawn),
            subset=subset,
        )
        _warn_of_idle(self._config, lease)
        self._used = False
        self._proxy: Proxy | None = None
        self._run: PoolRun | None = None
        self._token: Token[Proxy | InPlace | None] | None = None

    # ── life ──────────────────────────────────────────────────────────────────

    async def __aenter__(self) -> Self:
        """
        Start the workers, begin to find others, and make the pool the active one.

        Raises:
            TypeError: a factory led to something else than its argument stands for.
            DiscoveryError: the discovery did not get ready.
            WorkerStartError: a worker did not become ready; the others were stopped.
            NoWorkersAvailable: the quorum was not reached; only where *lazy* is false.
            RuntimeError: the pool was used before.
        """
        if self._used:
            raise RuntimeError("a WorkerPool is used once; make another one")
        self._used = True
        run = PoolRun(self._config)
        self._proxy = await run.open()
        self._run = run
        self._token = ACTIVE.set(self._proxy)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the workers and end every session."""
        self._open_proxy()
        run, self._run = self._run, None
        token, self._token = self._token, None
        if token is not None:
            _reset(token)
        try:
            if run is not None:
                await run.close(hurry=kind is not None)
        finally:
            self._proxy = None

    # ── use ───────────────────────────────────────────────────────────────────

    @property
    def workers(self) -> tuple[WorkerMetadata, ...]:
        """The workers that would take a task now."""
        return tuple(m.metadata for m in self._open_proxy().ready)

    def stats(self) -> PoolStats:
        """Return every worker of the pool as it is now, with why one cannot be used."""
        return self._open_proxy().stats()

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
        if any(member.state is State.KNOWN for member in proxy.members):
            await proxy.wake_all()
        try:
            async with asyncio.TaskGroup() as group:
                for member in proxy.ready:
                    pinned = bound(routine, proxy, worker=member.metadata)
                    call = pinned(*args, **kwargs)
                    several[member.metadata.uid] = group.create_task(call)
        except BaseExceptionGroup as group_error:
            raise group_error.exceptions[0] from group_error.exceptions[0].__cause__
        return {uid: task.result() for uid, task in several.items()}

    def _open_proxy(self) -> Proxy:
        if self._proxy is None:
            raise NoActivePool(
                "this pool is not open: use it within its block, `async with WorkerPool(...) as pool:`"
            )
        return self._proxy


def _warn_of_idle(config: PoolConfig, lease: int | None) -> None:
    """Warn of what was given and limits nothing."""
    if lease is not None and not config.plan.finds:
        warnings.warn(
            "lease limits how many workers are found, and without discovery none are: leave it"
            " out, or give discovery",
            IneffectiveLeaseWarning,
            stacklevel=user_level(),
        )
    if not config.quorum and config.quorum_timeout not in (None, QUORUM_SECONDS):
        warnings.warn(
            "quorum_timeout limits the wait for the quorum, and there is none: leave it out, or"
            " give quorum",
            IneffectiveQuorumTimeoutWarning,
            stacklevel=user_level(),
        )


def _reset(token: Token[Proxy | InPlace | None]) -> None:
    """Put the former pool back; the block may be left in another task than it was entered in."""
    try:
        ACTIVE.reset(token)
    except ValueError:
        return
