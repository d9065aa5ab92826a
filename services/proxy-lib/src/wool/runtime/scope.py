"""A pool that has travelled to a worker, so that routines there can call routines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Self

from wool.runtime.context import ACTIVE
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.worker.calls import Caller
from wool.runtime.worker.loopback import HereMember
from wool.runtime.worker.proxy import PostMortem, Proxy
from wool_common import frames as f
from wool_common.metadata import WorkerMetadata
from wool_common.pickling.values import dump
from wool_common.surroundings import Surroundings


class PoolScopeFactory:
    """What crosses to the worker: the pool's identity and how it chooses workers."""

    def __init__(self, pool_id: str, balancer: RoundRobinLoadBalancer) -> None:
        self._pool_id = pool_id
        self._balancer = balancer

    def __call__(self, surroundings: Surroundings) -> PoolScope:
        """Return the pool as it is on this worker; called on the routines' loop."""
        return PoolScope(self._pool_id, self._balancer, surroundings)

    def payload(self) -> f.Payload:
        """Return this factory, pickled."""
        return dump(self)


class PoolScope(AbstractAsyncContextManager[None]):
    """
    One pool on one worker, shared by all its runs there.

    A run that calls no routine costs it nothing: sessions to peers are opened when the
    first nested call asks for one.
    """

    def __init__(
        self, pool_id: str, balancer: RoundRobinLoadBalancer, surroundings: Surroundings
    ) -> None:
        self._proxy = NestedProxy(pool_id, balancer, surroundings)

    def entered(self) -> Self:
        """Return the context manager to enter around a run."""
        return self

    async def __aenter__(self) -> None:
        # A run has a context of its own, so there is nothing to put back.
        ACTIVE.set(self._proxy)

    async def __aexit__(self, *_: object) -> None:
        return None

    async def aclose(self) -> None:
        """Leave the pool; on the home loop."""
        await self._proxy.aclose()


class NestedProxy(Proxy):
    """A proxy on a worker, which is itself one of the pool's members."""

    def __init__(
        self, pool_id: str, balancer: RoundRobinLoadBalancer, surroundings: Surroundings
    ) -> None:
        super().__init__(
            balancer=balancer,
            home=surroundings.home,
            pool_id=pool_id,
            credentials=surroundings.credentials,
        )
        self.scope = PoolScopeFactory(pool_id, balancer).payload()
        self._surroundings = surroundings
        self._here: HereMember | None = None
        self._end_watch: Callable[[], None] | None = None

    def caller(self) -> Caller:
        """Return what belongs to the running loop; the first caller opens the sessions."""
        if self._here is None:
            self._here = HereMember(self._surroundings)
            self._here.open(self.opening())
            self._end_watch = self._surroundings.watch(self.take)
        return super().caller()

    async def aclose(self) -> None:
        """End every session; may be called twice."""
        end_watch, self._end_watch = self._end_watch, None
        if end_watch is not None:
            end_watch()
        await super().aclose()

    def _add(self, worker: WorkerMetadata, post_mortem: PostMortem | None = None) -> bool:
        here = self._here
        if here is None or worker.uid != here.metadata.uid:
            return super()._add(worker, post_mortem)
        if worker.uid not in self._members:
            self._members[worker.uid] = here
            self._refresh()
        return False
