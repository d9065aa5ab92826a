"""The way to workers that others have started."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable
from contextlib import contextmanager, suppress
from contextvars import Token
from types import TracebackType
from typing import Any, Final, NoReturn, ParamSpec, Self, TypeVar, cast, overload

from wool.runtime.checks import (
    checked_count,
    checked_credentials,
    checked_flag,
    checked_seconds,
    checked_tags,
)
from wool.runtime.context import ACTIVE, InPlace, activated
from wool.runtime.discovery.static import StaticDiscovery
from wool.runtime.factory import Factory
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.loadbalancer.protocols import LoadBalancerLike
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.routine.outright import dispatched
from wool.runtime.routine.wrapper import bound
from wool.runtime.worker.gateway import QUORUM_SECONDS, SUBSET
from wool.runtime.worker.gateway import Proxy as Proxy
from wool.runtime.worker.local import LocalWorker
from wool.runtime.worker.parts import Discovery, checked_balancer, checked_discovery
from wool.runtime.worker.plan import PoolPlan
from wool.runtime.worker.pool_run import PoolConfig, PoolRun
from wool.runtime.worker.prospects import Supply as Supply
from wool_common.credentials import CredentialsLike
from wool_common.errors import NoActivePool
from wool_common.metadata import WorkerMetadata

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")
S = TypeVar("S")

SHUTDOWN_SECONDS: Final = 60.0
"""What running tasks get to finish when the proxy is left."""


class WorkerProxy:
    """
    A pool of workers that others have started; routines called within its block run there.

    The workers are found by *discovery* (a `DiscoveryLike`, a subscriber, or a `Factory` of
    one), or given as *workers*: metadata, or addresses, which are asked who is there. One
    of *tags*, if there are any, must be carried by each. At most *lease* found workers are
    used at a time. The other arguments are those of `WorkerPool`.

    Used once: as an async context manager, which makes it the active pool, or by `start`
    and `stop`, which do not. It is not sent to workers: routines called there find the
    pool's workers by themselves.

    Raises:
        TypeError, ValueError: an argument is wrong; the text names it.
    """

    def __init__(
        self,
        *tags: str,
        discovery: Factory[Discovery] | None = None,
        workers: Iterable[WorkerMetadata | str] | None = None,
        loadbalancer: Factory[LoadBalancerLike] = RoundRobinLoadBalancer,
        credentials: CredentialsLike | None = None,
        lease: int | None = None,
        quorum: int | None = 1,
        quorum_timeout: float | None = QUORUM_SECONDS,
        lazy: bool = True,
        subset: int | None = SUBSET,
    ) -> None:
        if (discovery is None) == (workers is None):
            given = "neither" if discovery is None else "both"
            raise ValueError(f"a WorkerProxy takes either discovery or workers, not {given}")
        checked_balancer(loadbalancer)
        self._tags = frozenset(checked_tags(tags))
        self._workers: tuple[WorkerMetadata, ...] = ()
        if workers is not None:
            known, addresses = checked_workers(workers)
            self._workers = tuple(w for w in known if not self._tags or self._tags & w.tags)
            discovery = StaticDiscovery(*addresses) if addresses else None
        else:
            checked_discovery(discovery, publish=False)
        if lease is not None:
            checked_count("lease", lease, least=1, unit="found workers")
        if quorum_timeout is not None:
            checked_seconds("quorum_timeout", quorum_timeout)
        if subset is not None:
            checked_count("subset", subset, least=1, unit="workers")
        self._quorum = 0 if quorum is None else self._checked_quorum(quorum, discovery, lease)
        self._lazy = checked_flag("lazy", lazy)
        self._config = PoolConfig(
            tags=tuple(self._tags),
            plan=PoolPlan(own=0, finds=discovery is not None, lease=lease),
            worker=LocalWorker,
            discovery=discovery,
            loadbalancer=loadbalancer,
            credentials=checked_credentials(credentials),
            quorum=self._quorum,
            quorum_timeout=quorum_timeout,
            shutdown_timeout=SHUTDOWN_SECONDS,
            lazy=True,  # those given join first; then it is waited for
            respawn=False,
            subset=subset,
        )
        self._used = False
        self._run: PoolRun | None = None
        self._proxy: Proxy | None = None
        self._token: Token[Proxy | InPlace | None] | None = None

    # ── life ──────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """
        Begin to find the workers, and to connect to them.

        Raises:
            TypeError: a factory led to something else than its argument stands for.
            DiscoveryError: the discovery did not get ready.
            NoWorkersAvailable: the quorum was not reached; only where *lazy* is false.
            RuntimeError: it was started before.
        """
        if self._used:
            raise RuntimeError("a WorkerProxy is used once; make another one")
        self._used = True
        run = PoolRun(self._config)
        proxy = await run.open()
        try:
            for worker in self._workers:
                proxy.join(worker)
            if not self._lazy and self._quorum:
                await proxy.some_ready(None)
        except BaseException:
            await run.close(hurry=True)
            raise
        self._run, self._proxy = run, proxy

    async def stop(self, *, hurry: bool = False) -> None:
        """Leave the workers once running tasks have ended; in a *hurry*, cancel them."""
        run, self._run = self._run, None
        try:
            if run is not None:
                await run.close(hurry=hurry)
        finally:
            self._proxy = None

    async def __aenter__(self) -> Self:
        """Start, and become the active pool."""
        await self.start()
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
        await self.stop(hurry=kind is not None)

    # ── use ───────────────────────────────────────────────────────────────────

    @property
    def workers(self) -> tuple[WorkerMetadata, ...]:
        """The workers that would take a task now."""
        return tuple(m.metadata for m in self._opened().ready)

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
        Call *routine* on these workers, whichever pool is active.

        Returns what the routine returns: something to await, or to iterate over.
        """
        return bound(routine, self._opened())(*args, **kwargs)

    async def dispatch(
        self, task: PlacedTask, *, timeout: float | None = None
    ) -> AsyncGenerator[object, object]:
        """
        Send *task* to a worker and return its results once it has been accepted.

        A coroutine function has one result. The caller has to close what is returned; that
        cancels a task which has not ended. *timeout*, in seconds, is for being accepted.

        Raises:
            NoWorkersAvailable: no worker took it; `attempts` tell why.
            WorkerLost: it may have run, and nothing more is known.
        """
        limit = None if timeout is None else checked_seconds("timeout", timeout)
        return await dispatched(self._opened(), task, limit)

    def _opened(self) -> Proxy:
        if self._proxy is None:
            raise NoActivePool("this proxy is not started; use it within `async with` its block")
        return self._proxy

    def _checked_quorum(self, quorum: int, discovery: object, lease: int | None) -> int:
        checked_count("quorum", quorum, least=0, unit="workers")
        found = lease if discovery is not None else 0
        if found is not None and quorum > len(self._workers) + found:
            raise ValueError(
                f"quorum is {quorum}, and there are at most {len(self._workers) + found} workers"
            )
        return quorum

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a WorkerProxy is not sent to workers; routines that are called on a worker find"
            " the pool's workers by themselves"
        )


def checked_workers(workers: object) -> tuple[list[WorkerMetadata], list[str]]:
    """
    Return what is known of *workers*, and the addresses of the others.

    Raises:
        TypeError, ValueError: they are something else, or nobody.
    """
    if isinstance(workers, str | WorkerMetadata) or not isinstance(workers, Iterable):
        raise TypeError(f"workers is an iterable of WorkerMetadata and addresses, not {workers!r}")
    known: list[WorkerMetadata] = []
    addresses: list[str] = []
    for worker in cast("Iterable[object]", workers):
        if isinstance(worker, WorkerMetadata):
            known.append(worker)
        else:
            addresses.append(cast(str, worker))  # StaticDiscovery tells what is wrong with it
    if not known and not addresses:
        raise ValueError("workers is empty: there is nobody to run anything")
    return known, addresses
