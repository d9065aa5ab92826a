"""The way to workers that others have started."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import Final, NoReturn, cast

from wool.runtime.checks import checked_count, checked_seconds, checked_tags
from wool.runtime.discovery.static import StaticDiscovery
from wool.runtime.factory import Factory
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.loadbalancer.protocols import LoadBalancerLike
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.routine.outright import dispatched
from wool.runtime.worker.active import ActivePool
from wool.runtime.worker.gateway import QUORUM_SECONDS, SUBSET
from wool.runtime.worker.gateway import Proxy as Proxy
from wool.runtime.worker.local import LocalWorker
from wool.runtime.worker.parts import Discovery
from wool.runtime.worker.plan import PoolPlan
from wool.runtime.worker.pool_config import PoolConfig
from wool.runtime.worker.prospects import Supply as Supply
from wool_common.credentials import CredentialsLike
from wool_common.metadata import WorkerMetadata

SHUTDOWN_SECONDS: Final = 60.0
"""What running tasks get to finish when the proxy is left."""


class WorkerProxy(ActivePool):
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

    _unopened = "this proxy is not started; use it within `async with` its block"

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
            said = "neither" if discovery is None else "both"
            raise ValueError(f"a WorkerProxy takes either discovery or workers, not {said}")
        given: tuple[WorkerMetadata, ...] = ()
        if workers is not None:
            known, addresses = checked_workers(workers)
            chosen = frozenset(checked_tags(tags))
            given = tuple(w for w in known if not chosen or chosen & w.tags)
            discovery = StaticDiscovery(*addresses) if addresses else None
        if lease is not None:
            checked_count("lease", lease, least=1, unit="found workers")
        finds = discovery is not None
        plan = PoolPlan(own=0, finds=finds, lease=lease if finds else 0, given=len(given))
        super().__init__(
            PoolConfig(
                tags=tags,
                plan=plan,
                worker=LocalWorker,
                discovery=discovery,
                loadbalancer=loadbalancer,
                credentials=credentials,
                lease=lease,
                quorum=quorum,
                quorum_timeout=quorum_timeout,
                shutdown_timeout=SHUTDOWN_SECONDS,
                lazy=lazy,
                respawn=False,
                subset=subset,
                given=given,
            )
        )

    async def start(self) -> None:
        """
        Begin to find the workers, and to connect to them.

        Raises:
            TypeError: a factory led to something else than its argument stands for.
            DiscoveryError: the discovery did not get ready.
            NoWorkersAvailable: the quorum was not reached; only where *lazy* is false.
            RuntimeError: it was started before.
        """
        await self._begin()

    async def stop(self, *, hurry: bool = False) -> None:
        """Leave the workers once running tasks have ended; in a *hurry*, cancel them."""
        await self._end(hurry=hurry)

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
