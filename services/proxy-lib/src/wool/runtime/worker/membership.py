"""The members of a pool, with who among them can be used."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Protocol

from wool.runtime.worker.connected import Connected
from wool.runtime.worker.ejection import Ejections
from wool.runtime.worker.members import Member
from wool.runtime.worker.peer import Peer
from wool.runtime.worker.reasons import attempt_at
from wool.runtime.worker.roster import RosterNews
from wool.runtime.worker.session import POOL, Session
from wool.runtime.worker.silence import Silences
from wool_common import frames as f
from wool_common.credentials import CredentialsLike
from wool_common.errors import TRANSIENT, Attempt, StatusCode
from wool_common.metadata import WorkerId, WorkerMetadata

PostMortem = Callable[[], Awaitable[str | None]]

FAULT_OF_THE_TASK = frozenset({StatusCode.CANCELLED, StatusCode.INVALID_ARGUMENT})
"""Refusals that another task would not have met."""


class Watcher(Protocol):
    """What hears of changes."""

    def usable_changed(self, usable: tuple[Peer, ...], preferred: tuple[Peer, ...]) -> None: ...

    def load_reported(self, uid: WorkerId, load: f.Load) -> None: ...

    def told(self) -> None: ...


class Membership:
    """
    The members of a pool; lives on its *home* loop.

    The *watcher* hears who can be used, and of everything that may interest those who wait.
    """

    def __init__(
        self,
        *,
        pool_id: str,
        home: asyncio.AbstractEventLoop,
        credentials: CredentialsLike | None,
        limit: int | None,
        watcher: Watcher,
    ) -> None:
        self.scope: f.Payload = b""
        self.members: dict[WorkerId, Peer] = {}
        self.closed = False
        self._pool_id = pool_id
        self._home = home
        self._credentials = credentials
        self._watcher = watcher
        self.usable: dict[WorkerId, Peer] = {}
        self._ejections = Ejections(home.time)
        self._roster = RosterNews()
        self._silences = Silences(home, self.usable.values, self._publish)
        self.member_busied = self._silences.watch
        self.connected = Connected(limit, loop=home, spawn=self._spawn)
        self._leaving: set[Peer] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._settling: asyncio.Handle | None = None
        self._return: asyncio.TimerHandle | None = None
        self._later: asyncio.TimerHandle | None = None

    # ── who comes and goes ────────────────────────────────────────────────────

    def join(self, worker: WorkerMetadata, post_mortem: PostMortem | None, *, own: bool) -> None:
        """Add *worker*, or take its new metadata, and tell the other members."""
        if self._add(worker, post_mortem, own=own):
            self._roster.joined(worker)
            self._settle_soon()

    def leave(self, uid: WorkerId) -> None:
        """Drop the worker *uid*, and tell the other members; what runs there may finish."""
        if self._drop(uid):
            self._roster.left(uid)

    def take(self, roster: f.Roster | f.RosterChange) -> None:
        """Follow the roster another process keeps, passing changes on as they are."""
        if isinstance(roster, f.Roster):
            present = {m.uid for m in roster.members}
            left = tuple(uid for uid in self.members if uid not in present)
            change = f.RosterChange(POOL, roster.version, roster.members, left)
        else:
            change = roster._replace(pool=POOL)
        for uid in change.left:
            self._drop(WorkerId(uid))
        for worker in change.joined:
            self._add(worker, None, own=False)
        self._roster.passed_on(change)
        self._settle_soon()

    def put(self, member: Peer) -> None:
        """Add a *member* that needs no connection."""
        if self.members.setdefault(member.metadata.uid, member) is member:
            self._put_in(member)
            self._watcher.told()

    def opening(self) -> f.OpenPool:
        """Return the frame that tells a worker of this pool."""
        members = tuple(m.metadata for m in self.members.values())
        return f.OpenPool(POOL, self._pool_id, self.scope, self._roster.whole(members))

    def _add(self, worker: WorkerMetadata, post_mortem: PostMortem | None, *, own: bool) -> bool:
        known = self.members.get(worker.uid)
        if self.closed or (known is not None and not isinstance(known, Member)):
            return False
        if known is not None:
            if known.advertised == worker:
                return False
            if known.advertised.address == worker.address and known.session is not None:
                known.advertised = worker  # what it is, it has said itself
                return True
        member = Member(worker, self, post_mortem=post_mortem, credentials=self._credentials)
        self.members[worker.uid] = member
        self._ejections.forget(worker.uid)
        self.connected.put(member, own=own)
        self._settle_soon()
        if known is not None:
            self._put_out(worker.uid)
            self._retire(known)
        return True

    def _drop(self, uid: WorkerId) -> bool:
        member = self.members.pop(uid, None)
        if member is None:
            return False
        self._ejections.forget(uid)
        self.connected.drop(uid)
        self._put_out(uid)
        self._settle_soon()
        self._retire(member)
        return True

    # ── how they do ───────────────────────────────────────────────────────────

    def member_changed(self, member: Member) -> None:
        """Note that *member* became usable, or ceased to be."""
        uid = member.metadata.uid
        if self.members.get(uid) is not member:
            return
        if self.connected.is_futile(member):
            self._ejections.eject(uid, member.reason or member.state.value)
            self._expect_return()
        is_out = uid in self._ejections
        if member.usable and not is_out:
            self._put_in(member)
        else:
            self._put_out(uid)
        if self.connected.note(member, promising=member.promising and not is_out):
            self._settle_soon()
        self._watcher.told()

    def member_refused(self, member: Member, refused: f.Refused) -> None:
        """Keep *member* out of use where it refused a task for no passing reason."""
        if refused.code not in TRANSIENT and refused.code not in FAULT_OF_THE_TASK:
            self.evict(member.metadata.uid, f"refused ({refused.reason}): {refused.details}")

    def member_lost(self, member: Member, reason: str) -> None:
        """Note that tasks lost *member*; a connection breaks now and then."""
        self.strike(member.metadata.uid, f"tasks were lost there: {reason}")

    def member_reported(self, member: Member, load: f.Load) -> None:
        """Pass on how busy *member* says it is."""
        self._watcher.load_reported(member.metadata.uid, load)

    def evict(self, uid: WorkerId, reason: str) -> None:
        """Keep *uid* out of use for a while, a longer one each time."""
        member = self._forgiven(uid)
        if member is not None:
            self._ejections.eject(uid, reason)
            self._expect_return()
            self.member_changed(member)

    def strike(self, uid: WorkerId, reason: str) -> None:
        """Keep *uid* out of use where this happens there again and again."""
        member = self._forgiven(uid)
        if member is not None:
            self._ejections.strike(uid, reason)
            if uid in self._ejections:
                self._expect_return()
                self.member_changed(member)

    def is_ejected(self, uid: WorkerId) -> bool:
        """Tell whether *uid* is out of use for a while."""
        return uid in self._ejections

    def explain(self, members: Iterable[Peer]) -> list[Attempt]:
        """Return why each of *members* is not used."""
        ejected, silent = self._ejections, self._silences
        return [attempt_at(m, ejected, silent, settling=self.is_settling) for m in members]

    def _forgiven(self, uid: WorkerId) -> Member | None:
        """Return the member, whose past is forgotten where tasks have succeeded there since."""
        member = self.members.get(uid)
        if not isinstance(member, Member):
            return None
        if member.session is not None and member.session.proved:
            member.session.proved = False
            self._ejections.succeeded(uid)
        return member

    def _expect_return(self) -> None:
        """Let those back in whose time is over once it is."""
        if self._return is not None:
            self._return.cancel()
            self._return = None
        seconds = self._ejections.next_return()
        if seconds is not None and not self.closed:
            self._return = self._home.call_later(seconds, self._let_back)

    def _let_back(self) -> None:
        self._return = None
        for uid in self._ejections.let_back():
            member = self.members.get(uid)
            if isinstance(member, Member):
                self.member_changed(member)
        self._expect_return()

    # ── who is connected ──────────────────────────────────────────────────────

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions that are open, or about to be."""
        return tuple(m.session for m in self.members.values() if m.session is not None)

    @property
    def is_settling(self) -> bool:
        """True while it is about to be decided whom to connect."""
        return self._settling is not None

    async def aclose(self) -> None:
        """End every session; may be called twice."""
        self.closed = True
        members, self.members = self.members, {}
        self.usable.clear()
        self.connected.close()
        self._silences.close()
        for handle in (self._settling, self._return, self._later):
            if handle is not None:
                handle.cancel()
        self._watcher.usable_changed((), ())
        for task in self._background:
            task.cancel()
        # Those that were about to leave may not even have begun to.
        await asyncio.gather(*(m.aclose() for m in (*members.values(), *self._leaving)))
        if self._background:
            await asyncio.wait(self._background)

    def _settle_soon(self) -> None:
        """Act on what has changed, once for all that changes together."""
        if self._settling is None and not self.closed:
            self._settling = self._home.call_soon(self._settle)

    def _settle(self) -> None:
        self._settling = None
        if self._later is not None:
            self._later.cancel()
        more = self.connected.settle(self.usable)
        self._later = None if more is None else self._home.call_later(more, self._settle_soon)
        change = self._roster.flush()
        if change is not None:
            self.connected.tell(change)
        self._watcher.told()

    def _put_in(self, member: Peer) -> None:
        uid = member.metadata.uid
        if self.usable.get(uid) is not member:
            self.usable[uid] = member
            self._publish()

    def _put_out(self, uid: WorkerId) -> None:
        if self.usable.pop(uid, None) is not None:
            self._publish()

    def _publish(self) -> None:
        usable = tuple(self.usable.values())
        self._watcher.usable_changed(usable, self._silences.preferred(usable))
        self._watcher.told()

    def _retire(self, member: Peer) -> None:
        self._leaving.add(member)
        self._spawn(member.retire()).add_done_callback(lambda _: self._leaving.discard(member))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._home.create_task(work, name="wool-member-retire")
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task
