"""Run a pool: what it consists of while it is open."""

from __future__ import annotations

import asyncio
import warnings
from contextlib import AsyncExitStack, suppress
from typing import Final

from wool.runtime.held import Held
from wool.runtime.scope import PoolScopeFactory
from wool.runtime.worker.announcer import PUBLISH_SECONDS, Announcer
from wool.runtime.worker.base import WorkerLike
from wool.runtime.worker.crew import Crew
from wool.runtime.worker.factory import taken
from wool.runtime.worker.follower import Follower
from wool.runtime.worker.gateway import Proxy
from wool.runtime.worker.members import UNTRIED
from wool.runtime.worker.parts import Parts, parts
from wool.runtime.worker.peer import State
from wool.runtime.worker.pool_config import PoolConfig
from wool.runtime.worker.portable import portable
from wool.runtime.worker.prospects import Supply
from wool_common.deadline import Deadline
from wool_common.errors import DiscoveryError, InsecureWorkerWarning
from wool_common.metadata import WorkerId

HURRY_SECONDS: Final = 0.4
"""What running tasks get to clean up when the pool is left by an exception."""

ENTRY_SECONDS: Final = 60.0
"""What a discovery may take to be entered, and to be left by a pool that has no time limit."""

ANNOUNCE_SECONDS: Final = 2.0
"""What the entry waits for the own workers to be announced; it goes on in the background."""

LEAVE_SECONDS: Final = 2.0
"""What a discovery may take to be left at least, however long the rest has taken."""


class PoolRun:
    """A pool that is open; lives on the loop that opens it, in any of its tasks."""

    def __init__(self, config: PoolConfig) -> None:
        self._config = config
        self._offered = {} if config.credentials is None else {"credentials": config.credentials}
        self._parts: Parts
        self._announcer: Announcer | None = None
        self._follower: Follower | None = None
        self._made = False
        self._held = Held(
            parts(
                config.discovery,
                config.loadbalancer,
                publish=bool(config.plan.own),
                offered=self._offered,
            ),
            name="the discovery" if config.plan.finds else "the load balancer",
        )

    async def open(self) -> Proxy:
        """
        Start what the pool consists of, and return the way to its workers.

        Raises:
            TypeError: a factory led to something else than its argument stands for.
            DiscoveryError: the discovery did not get ready in time.
            WorkerStartError: a worker did not become ready.
            NoWorkersAvailable: the quorum was not reached, where it had to be waited for.

        Whatever is raised, nothing is left of what was started.
        """
        try:
            self._parts = await self._held.open(ENTRY_SECONDS)
        except TimeoutError as exc:
            raise DiscoveryError(str(exc)) from exc
        try:
            self._build()
        except BaseException:
            await self._held.aclose(LEAVE_SECONDS)
            raise
        try:
            await self._begin()
        except BaseException:
            await self.close(hurry=True)
            raise
        return self.proxy

    async def close(self, *, hurry: bool) -> None:
        """
        Stop everything; in a *hurry*, what runs is cancelled.

        Otherwise others hear first that the workers go, then what runs has the shutdown
        time to finish.
        """
        config = self._config
        seconds = HURRY_SECONDS if hurry else config.shutdown_timeout
        deadline = None if seconds is None else Deadline.after(seconds)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._leave_discovery, deadline)
            stack.push_async_callback(self.proxy.aclose)
            # Does nothing where all goes well; an end that is cut short leaves no process.
            stack.push_async_callback(self._crew.stop, 0.0, hurry=True)
            self._crew.stand_down()
            if hurry:
                for session in self.proxy.sessions():
                    session.cancel()
            await self._withdraw(deadline)
            if not hurry:
                await _let_finish(self.proxy, deadline)
            await self._crew.stop(_left(deadline), hurry=hurry)

    async def _begin(self) -> None:
        config, proxy = self._config, self.proxy
        if self._announcer is not None:
            self._announcer.start()
        await self._crew.start(config.plan.own)
        # Only those started here are members yet: nobody waits for a stranger to answer.
        await proxy.settled()
        for worker in config.given:
            proxy.join(worker)
        if self._parts.subscriber is not None:
            self._follower = Follower(
                self._parts.subscriber,
                proxy,
                tags=config.tags,
                lease=config.plan.lease,
                credentials=config.credentials,
                known=self._crew.uids,
                lost=self._is_lost,
            )
            self._follower.start()
        if self._announcer is not None:
            await self._announcer.tried(ANNOUNCE_SECONDS)
        if not config.lazy and config.quorum:
            await proxy.some_ready(None)

    async def _withdraw(self, deadline: Deadline | None) -> None:
        """Have others hear that the workers go; a publisher that hangs leaves time for the rest."""
        if self._announcer is not None:
            left = PUBLISH_SECONDS if deadline is None else deadline.remaining() / 2
            await self._announcer.withdraw(min(left, PUBLISH_SECONDS))

    async def _leave_discovery(self, deadline: Deadline | None) -> None:
        seconds = ENTRY_SECONDS if deadline is None else max(deadline.remaining(), LEAVE_SECONDS)
        if self._follower is not None:
            await self._follower.aclose(min(seconds, LEAVE_SECONDS))
        if self._announcer is not None:
            await self._announcer.aclose()
        await self._held.aclose(seconds)

    def _build(self) -> None:
        config, found = self._config, self._parts
        supply = Supply.REPLACED if config.respawn else Supply.FIXED
        self.proxy = Proxy(
            balancer=found.balancer,
            home=asyncio.get_running_loop(),
            credentials=config.credentials,
            quorum=config.quorum,
            quorum_timeout=config.quorum_timeout,
            subset=config.subset,
            supply=Supply.OPEN if config.plan.finds else supply,
        )
        if found.source:
            tags = f" with one of the tags {sorted(config.tags)}" if config.tags else ""
            self.proxy.shortfall = f"{found.source} has found none{tags}"
        balancer = portable(found.balancer, config.loadbalancer)
        self.proxy.scope = PoolScopeFactory(self.proxy.id, balancer, subset=config.subset).payload()
        if found.publisher is not None:
            self._announcer = Announcer(found.publisher)
        self._crew = Crew(
            self._make_worker, self.proxy, respawn=config.respawn, announcer=self._announcer
        )

    def _make_worker(self) -> WorkerLike:
        config = self._config
        offered: dict[str, object] = dict(self._offered)
        if self._parts.bind_host is not None:
            offered["host"] = self._parts.bind_host
        keywords = taken(config.worker, offered)
        if not self._made:
            self._made = True
            return config.worker(*config.tags, **keywords)
        with warnings.catch_warnings():
            # What the first one has said holds for all.
            warnings.simplefilter("ignore", InsecureWorkerWarning)
            return config.worker(*config.tags, **keywords)

    def _is_lost(self, uid: WorkerId) -> bool:
        member = self.proxy.member(uid)
        if member is None:
            return True
        # One that is outside of the subset, or about to be reached, is not lost.
        return not (member.usable or member.state is State.KNOWN or member.reason == UNTRIED)


async def _let_finish(proxy: Proxy, deadline: Deadline | None) -> None:
    """Let calls under way end, and close idle generators."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_left(deadline)):
            await asyncio.gather(*(session.quiet() for session in proxy.sessions()))
    for session in proxy.sessions():
        session.shed("the pool was left while the generator waited to be resumed")


def _left(deadline: Deadline | None) -> float | None:
    return None if deadline is None else deadline.remaining()
