"""A pool that has travelled to a worker, so that routines there can call routines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Self

from wool.runtime.context import ACTIVE
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.worker.calls import Caller
from wool.runtime.worker.gateway import SUBSET, Proxy
from wool.runtime.worker.loopback import HereMember
from wool_common import frames as f
from wool_common.pickling.values import dump, load
from wool_common.surroundings import Surroundings


class PoolScopeFactory:
    """
    What crosses to the worker: the pool's identity and how it chooses workers.

    The balancer is a pickle within the pickle: only routines that call routines need its
    code on their worker.
    """

    def __init__(self, pool_id: str, balancer: object, *, subset: int | None = SUBSET) -> None:
        packed = dump(balancer, root="loadbalancer")
        self.pool_id = pool_id
        self.subset = subset
        self._packed = packed if isinstance(packed, bytes) else None
        self._balancer = None if self._packed is not None else balancer

    def __call__(self, surroundings: Surroundings) -> PoolScope:
        """Return the pool as it is on this worker; called on the routines' loop."""
        return PoolScope(self, surroundings)

    def balancer(self) -> object:
        """
        Return the pool's balancer, as it has arrived here.

        Raises:
            ModuleNotFoundError, SerializationError: its code is not here.
        """
        if self._packed is None:
            return self._balancer
        try:
            return load(self._packed)
        except Exception as exc:
            exc.add_note("the pool's load balancer is needed here: this routine calls routines")
            raise

    def payload(self) -> f.Payload:
        """Return this factory, pickled."""
        return dump(self)


class PoolScope(AbstractAsyncContextManager[None]):
    """
    One pool on one worker, shared by all its runs there.

    A run that calls no routine costs it nothing: sessions to peers are opened when the
    first nested call asks for one.
    """

    def __init__(self, factory: PoolScopeFactory, surroundings: Surroundings) -> None:
        self._proxy = NestedProxy(factory, surroundings)

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

    def __init__(self, factory: PoolScopeFactory, surroundings: Surroundings) -> None:
        super().__init__(
            balancer=RoundRobinLoadBalancer(),
            home=surroundings.home,
            pool_id=factory.pool_id,
            credentials=surroundings.credentials,
            subset=factory.subset,
        )
        self.scope = factory.payload()
        self._factory = factory
        self._surroundings = surroundings
        self._here: HereMember | None = None
        self._end_watch: Callable[[], None] | None = None

    def caller(self) -> Caller:
        """Return what belongs to the running loop; the first caller opens the sessions."""
        if self._here is None:
            self.ask(self._factory.balancer())
            self._here = HereMember(self._surroundings, self.load_reported)
            self._here.open(self.opening())
            self._end_watch = self._surroundings.watch(self.take)
        return super().caller()

    def take(self, roster: f.Roster | f.RosterChange) -> None:
        """Follow the roster that the client keeps; on the home loop."""
        here = self._here
        joined = roster.members if isinstance(roster, f.Roster) else roster.joined
        if here is not None and any(worker.uid == here.metadata.uid for worker in joined):
            self._membership.put(here)
        self._membership.take(roster)

    async def aclose(self) -> None:
        """End every session; may be called twice."""
        end_watch, self._end_watch = self._end_watch, None
        if end_watch is not None:
            end_watch()
        await super().aclose()
