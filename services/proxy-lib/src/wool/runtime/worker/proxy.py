"""The pool's members, and the way to one of them."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, Protocol

from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.worker.calls import Caller
from wool.runtime.worker.members import REFUSED, UNTRIED, Member, State
from wool.runtime.worker.session import POOL, Session
from wool_common import frames as f
from wool_common.credentials import WorkerCredentials
from wool_common.errors import Attempt, NoWorkersAvailable
from wool_common.loops import Handover
from wool_common.metadata import WorkerId, WorkerMetadata

QUORUM_SECONDS: Final = 60.0
"""What a first dispatch waits for a worker to be ready."""

PostMortem = Callable[[], Awaitable[str | None]]


class Peer(Protocol):
    """A member, as placing a task needs it."""

    @property
    def metadata(self) -> WorkerMetadata: ...

    @property
    def state(self) -> State: ...

    @property
    def reason(self) -> str: ...

    @property
    def usable(self) -> bool: ...

    @property
    def load(self) -> f.Load: ...

    @property
    def session(self) -> Session | None: ...

    async def retire(self) -> None: ...

    async def aclose(self) -> None: ...


class Proxy:
    """
    The pool's members, and the way to one of them.

    Members live on the *home* loop; `ready` is an immutable snapshot that callers on any
    loop may read.
    """

    def __init__(
        self,
        *,
        balancer: RoundRobinLoadBalancer,
        home: asyncio.AbstractEventLoop,
        pool_id: str | None = None,
        credentials: WorkerCredentials | None = None,
    ) -> None:
        self.id = pool_id or uuid.uuid4().hex
        self.balancer = balancer
        self.home = home
        self.ready: tuple[Peer, ...] = ()
        self.scope: f.Payload = b""
        self._credentials = credentials
        self._members: dict[WorkerId, Peer] = {}
        self._version = 0
        self._callers = threading.local()
        self._retiring: set[asyncio.Task[None]] = set()
        self._waiters: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._closed = False

    # ── membership, on the home loop ──────────────────────────────────────────

    def join(self, worker: WorkerMetadata, post_mortem: PostMortem | None = None) -> None:
        """Add *worker*, or take its new metadata, and tell the other members."""
        self._version += 1
        if self._add(worker, post_mortem):
            self._tell(f.RosterChange(POOL, self._version, (worker,), ()))

    def leave(self, uid: WorkerId) -> None:
        """Drop the worker *uid*, and tell the other members; what runs there may finish."""
        self._version += 1
        if self._drop(uid):
            self._tell(f.RosterChange(POOL, self._version, (), (uid,)))

    def take(self, roster: f.Roster | f.RosterChange) -> None:
        """Follow the roster another process keeps, passing changes on as they are."""
        if isinstance(roster, f.Roster):
            present = {m.uid for m in roster.members}
            left = tuple(uid for uid in self._members if uid not in present)
            change = f.RosterChange(POOL, roster.version, roster.members, left)
        else:
            change = roster._replace(pool=POOL)
        for uid in change.left:
            self._drop(WorkerId(uid))
        for worker in change.joined:
            self._add(worker)
        self._version = change.version
        self._tell(change)

    def _add(self, worker: WorkerMetadata, post_mortem: PostMortem | None = None) -> bool:
        if self._closed:
            return False
        known = self._members.get(worker.uid)
        if known is not None and known.metadata == worker:
            return False
        member = Member(worker, self, post_mortem=post_mortem, credentials=self._credentials)
        self._members[worker.uid] = member
        member.open()
        if known is not None:
            self._retire(known)
        return True

    def _drop(self, uid: WorkerId) -> bool:
        member = self._members.pop(uid, None)
        if member is None:
            return False
        self._refresh()
        self._retire(member)
        return True

    def opening(self) -> f.OpenPool:
        """Return the frame that tells a worker of this pool."""
        members = tuple(m.metadata for m in self._members.values())
        return f.OpenPool(POOL, self.id, self.scope, f.Roster(self._version, members))

    def member_changed(self, member: object) -> None:
        """Note that *member* became usable, or ceased to be."""
        self._refresh()

    @property
    def members(self) -> tuple[Peer, ...]:
        """All members, whatever their state."""
        return tuple(self._members.values())

    def sessions(self) -> tuple[Session, ...]:
        """Return the sessions that are open, or about to be."""
        return tuple(m.session for m in self._members.values() if m.session is not None)

    async def settled(self) -> None:
        """Wait until every member can be used, or why it cannot is known; on the home loop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(QUORUM_SECONDS):
                while any(m.reason == UNTRIED for m in self._members.values()):
                    await self._waiter().told

    async def aclose(self) -> None:
        """End every session; may be called twice."""
        self._closed = True
        members, self._members = self._members, {}
        self.ready = ()
        self._wake()
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*(m.aclose() for m in members.values()))
        if self._retiring:
            await asyncio.wait(self._retiring)

    def _retire(self, member: Peer) -> None:
        task = self.home.create_task(member.retire(), name="wool-member-retire")
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def _refresh(self) -> None:
        self.ready = tuple(m for m in self._members.values() if m.usable)
        self._wake()

    def _tell(self, change: f.RosterChange) -> None:
        for member in self._members.values():
            session = member.session
            # A session that is not open yet begins with the whole roster.
            if session is not None and session.loop is self.home and member.usable:
                session.change_roster(change)

    def _wake(self) -> None:
        with self._lock:
            waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()

    # ── the way to a member, on any loop ──────────────────────────────────────

    def caller(self) -> Caller:
        """Return what belongs to the running loop."""
        loop = asyncio.get_running_loop()
        caller: Caller | None = getattr(self._callers, "caller", None)
        if caller is None or caller.loop is not loop:
            caller = self._callers.caller = Caller(loop)
        return caller

    async def some_ready(self, timeout: float | None) -> tuple[Peer, ...]:
        """
        Return the usable members, waiting until there is one.

        Raises:
            NoWorkersAvailable: none became usable within *timeout* seconds, or none ever can.
        """
        limit = QUORUM_SECONDS if timeout is None else min(timeout, QUORUM_SECONDS)
        try:
            async with asyncio.timeout(limit):
                while not self.ready:
                    if self._closed:
                        raise NoWorkersAvailable("the pool was closed")
                    members = self.members
                    if members and all(m.state in REFUSED for m in members):
                        raise NoWorkersAvailable("no worker fits this client", attempts(members))
                    waiter = self._waiter()
                    if not self.ready:
                        await waiter.told
        except TimeoutError:
            raise NoWorkersAvailable(
                f"no worker became ready within {limit:.3g} s", attempts(self.members)
            ) from None
        return self.ready

    def _waiter(self) -> _Waiter:
        waiter = _Waiter(asyncio.get_running_loop())
        with self._lock:
            self._waiters.append(waiter.wake)
        return waiter


class _Waiter:
    """One caller that waits, on its own loop, to be woken from the home loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.told: asyncio.Future[None] = loop.create_future()
        self._mail: Handover[None] = Handover(loop, self._tell)

    def wake(self) -> None:
        self._mail.put(None)

    def _tell(self, _: None) -> None:
        if not self.told.done():
            self.told.set_result(None)


def attempts(members: Iterable[Peer]) -> tuple[Attempt, ...]:
    """Return why none of *members* can be used."""
    return tuple(
        Attempt(worker=m.metadata.uid, address=m.metadata.address, reason=m.reason or m.state.value)
        for m in members
    )
