"""The pools this worker has heard of, each known once however many peers told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from wool_common import logs
from wool_common.credentials import CredentialsLike
from wool_common.errors import ProtocolViolation
from wool_common.frames import ClosePool, OpenPool, Roster, RosterChange, WorkerFrame
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.surroundings import Loopback, Scope, ScopeFactory
from wool_worker.values import Reader, Shared


class Host(Protocol):
    """What a pool needs of the worker it is on."""

    @property
    def worker(self) -> WorkerMetadata: ...

    @property
    def home(self) -> asyncio.AbstractEventLoop: ...

    @property
    def credentials(self) -> CredentialsLike | None: ...

    @property
    def reader(self) -> Reader: ...

    def loopback(self, pool: Pool, say: Callable[[WorkerFrame], None]) -> Loopback: ...


class Pool:
    """
    One pool on this worker; the roster's state lives on the main loop.

    The scope is unpickled when first needed, on the routines' loop, because that runs
    code of the application.
    """

    def __init__(self, opened: OpenPool, host: Host) -> None:
        self.id = opened.id
        self._payload = Shared(opened.scope)
        self._host = host
        self._version = opened.roster.version
        self._members = {m.uid: m for m in opened.roster.members}
        self._watchers: list[Callable[[Roster | RosterChange], None]] = []
        self.opened: Scope | None = None
        """The scope, once a run has asked for it."""
        self.holders = 0

    # What Surroundings asks for.

    @property
    def worker(self) -> WorkerMetadata:
        """The worker the pool is on."""
        return self._host.worker

    @property
    def home(self) -> asyncio.AbstractEventLoop:
        """The loop on which gRPC lives."""
        return self._host.home

    @property
    def credentials(self) -> CredentialsLike | None:
        """What the worker shows to its peers."""
        return self._host.credentials

    def watch(self, callback: Callable[[Roster | RosterChange], None]) -> Callable[[], None]:
        """Tell *callback* the roster, then every change, on the main loop."""

        def begin() -> None:
            self._watchers.append(callback)
            callback(Roster(self._version, tuple(self._members.values())))

        self.home.call_soon_threadsafe(begin)

        def end() -> None:
            self.home.call_soon_threadsafe(lambda: self._watchers.remove(callback))

        return end

    def loopback(self, say: Callable[[WorkerFrame], None]) -> Loopback:
        """Open a session with this very worker."""
        return self._host.loopback(self, say)

    # What the worker does.

    def renew(self, roster: Roster) -> None:
        """Take *roster* where it is newer than what is known."""
        if roster.version <= self._version:
            return
        self._version = roster.version
        self._members = {m.uid: m for m in roster.members}
        for tell in self._watchers:
            tell(roster)

    def change(self, change: RosterChange) -> None:
        """Take a change where it is newer than what is known."""
        if change.version <= self._version:
            return
        self._version = change.version
        for member in change.joined:
            self._members[member.uid] = member
        for uid in change.left:
            self._members.pop(WorkerId(uid), None)
        for tell in self._watchers:
            tell(change)

    async def scope(self) -> Scope:
        """Return the pool's scope; on the routines' loop."""
        if self.opened is None:
            factory = cast(ScopeFactory, await self._payload.open(self._host.reader))
            if self.opened is None:  # another run may have been first while this one waited
                self.opened = factory(self)
        return self.opened

    async def aclose(self) -> None:
        """Close the scope."""
        if self.opened is not None:
            await self.opened.aclose()


class Pools:
    """The pools this worker has heard of; lives on the main loop."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._pools: dict[str, Pool] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def open(self, opened: OpenPool) -> Pool:
        """Return the pool *opened* tells of, held once more."""
        pool = self._pools.get(opened.id)
        if pool is None:
            pool = self._pools[opened.id] = Pool(opened, self._host)
        else:
            pool.renew(opened.roster)
        pool.holders += 1
        return pool

    def release(self, pool: Pool) -> None:
        """Let go of *pool*; the last to do so closes it."""
        pool.holders -= 1
        if not pool.holders:
            del self._pools[pool.id]
            closing = self._host.home.create_task(_close(pool), name="wool-pool-close")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def aclose(self) -> None:
        """Wait until the pools that were let go of are closed."""
        while self._closing:
            await asyncio.wait(self._closing)


async def _close(pool: Pool) -> None:
    try:
        await pool.aclose()
    except Exception as exc:  # noqa: BLE001 - a scope is the application's code; the worker goes on
        logs.get().error("pool_close_failed", pool=pool.id, exc_info=exc)


class KnownPool:
    """The table of a session with the worker one is on: there is one pool, held already."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def open(self, opened: OpenPool) -> Pool:
        """Return the pool."""
        assert opened.id == self._pool.id
        return self._pool

    def release(self, pool: Pool) -> None:
        """Do nothing: whoever told of the pool holds it."""


class PoolTable(Protocol):
    """Where a session finds the pools it is told of."""

    def open(self, opened: OpenPool) -> Pool: ...

    def release(self, pool: Pool) -> None: ...


class NumberedPools:
    """The pools of one session, by the numbers that its client gives them."""

    def __init__(self, table: PoolTable) -> None:
        self._table = table
        self._pools: dict[int, Pool] = {}

    def get(self, number: int) -> Pool | None:
        """Return pool *number*, None where it is not open."""
        return self._pools.get(number)

    def open(self, frame: OpenPool) -> None:
        """Open a pool; ProtocolViolation where its number is taken."""
        if frame.pool in self._pools:
            raise ProtocolViolation(f"pool {frame.pool} was opened twice")
        self._pools[frame.pool] = self._table.open(frame)

    def change(self, frame: RosterChange) -> None:
        """Change the roster of a pool; ProtocolViolation where it is not open."""
        pool = self._pools.get(frame.pool)
        if pool is None:
            raise ProtocolViolation(f"the roster of unknown pool {frame.pool} was changed")
        pool.change(frame)

    def close(self, frame: ClosePool) -> None:
        """Close a pool, where it is open."""
        pool = self._pools.pop(frame.pool, None)
        if pool is not None:
            self._table.release(pool)

    def close_all(self) -> None:
        """Close every pool."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            self._table.release(pool)
