"""A pool of workers, and the routines' way to them."""

from __future__ import annotations

import os
from collections.abc import Callable

from wool.runtime.factory import Factory
from wool.runtime.loadbalancer.protocols import LoadBalancerLike
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.worker.active import ActivePool
from wool.runtime.worker.base import WorkerLike
from wool.runtime.worker.gateway import QUORUM_SECONDS, SUBSET
from wool.runtime.worker.local import LocalWorker
from wool.runtime.worker.parts import Discovery
from wool.runtime.worker.plan import plan_pool
from wool.runtime.worker.pool_config import PoolConfig
from wool_common.credentials import CredentialsLike


class WorkerPool(ActivePool):
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

    _unopened = (
        "this pool is not open: use it within its block, `async with WorkerPool(...) as pool:`"
    )

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
        subset: int | None = SUBSET,
    ) -> None:
        finds = discovery is not None
        plan = plan_pool(size, spawn, lease, finds=finds, cpus=os.cpu_count() or 1)
        if worker is not None and not callable(worker):
            raise TypeError(
                "worker must be a class or function that makes a worker from tags, such as"
                f" wool.LocalWorker, not {worker!r}"
            )
        super().__init__(
            PoolConfig(
                tags=tags,
                plan=plan,
                worker=LocalWorker if worker is None else worker,
                discovery=discovery,
                loadbalancer=loadbalancer,
                credentials=credentials,
                lease=lease,
                quorum=quorum,
                quorum_timeout=quorum_timeout,
                shutdown_timeout=shutdown_timeout,
                lazy=lazy,
                respawn=respawn,
                subset=subset,
            )
        )
