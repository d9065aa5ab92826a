"""Keep connections to as many of a pool's members as it takes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Container, Coroutine, Iterable
from typing import Any, Final

from wool.runtime.worker.members import Member
from wool.runtime.worker.pace import Pace
from wool.runtime.worker.peer import REFUSED, State
from wool.runtime.worker.subset import Subset, plan
from wool_common.frames import RosterChange
from wool_common.metadata import WorkerId

DIALS_PER_SECOND: Final = 50.0
"""How fast one is tried after the other, where those that are announced are not there."""

WAKE_SECONDS: Final = 60.0
"""How long a member that was connected on demand stays so without a task."""

SPILL: Final = 4
"""To how many times the subset, beyond it, calls go on that all within it have turned down."""

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Connected:
    """
    Which members are connected; lives on the pool's home loop.

    Those are the best *limit* of the promising ones, as this client ranks them, those woken
    on demand, and this pool's own, of which there may be any number: they were started for
    it and nobody else. Work for the background is handed to *spawn*.
    """

    def __init__(
        self,
        limit: int | None,
        *,
        loop: asyncio.AbstractEventLoop,
        spawn: Spawn,
        client: str | None = None,
    ) -> None:
        self._subset = Subset(client or uuid.uuid4().hex, limit)
        self._loop = loop
        self._spawn = spawn
        self._members: dict[WorkerId, Member] = {}
        self._open: dict[WorkerId, Member] = {}
        self._own: set[WorkerId] = set()
        self._woken: dict[WorkerId, int] = {}
        """By who was connected on demand: how many tasks were begun there when last seen."""
        self._timer: asyncio.TimerHandle | None = None
        self._pace = Pace(loop.time, DIALS_PER_SECOND, burst=2 * (limit or 1))

    def put(self, member: Member, *, own: bool = False) -> None:
        """Take *member* in; it is connected by the next `settle`, where it is chosen or *own*."""
        uid = member.metadata.uid
        self._members[uid] = member
        self._open.pop(uid, None)
        if own:
            self._own.add(uid)
        else:
            self._subset.put(uid)

    def drop(self, uid: WorkerId) -> None:
        """Leave *uid* out; whoever drops it ends its session."""
        self._members.pop(uid, None)
        self._open.pop(uid, None)
        self._woken.pop(uid, None)
        self._own.discard(uid)
        self._subset.drop(uid)

    def note(self, member: Member, *, promising: bool) -> bool:
        """Take in how *member* does; return whether `settle` may have something to do."""
        uid = member.metadata.uid
        if uid in self._own:
            return False
        changed = self._subset.put(uid) if promising else self._subset.drop(uid)
        return changed or self._has_extra

    def is_futile(self, member: Member) -> bool:
        """Tell whether *member* cannot be used while another one could be tried instead."""
        if member.metadata.uid in self._own:
            return False
        return bool(member.failures or member.state in REFUSED) and self._subset.has_spare

    def settle(self, usable: Container[WorkerId]) -> float | None:
        """
        Connect who is chosen, and let go of whom they replace.

        Returns in how many seconds there is more to do, None where all is done.
        """
        for uid in self._own - self._open.keys():
            self._connect(uid)
        now = {uid: uid in usable for uid in self._open if uid not in self._own}
        opened, rested = plan(self._subset.chosen(), now, self._woken, self._subset.limit)
        now_allowed = len(opened)
        if self._subset.limit is not None:
            now_allowed = self._pace.take(len(opened))
        for uid in opened[:now_allowed]:
            self._connect(uid)
        for uid in rested:
            self._spawn(self._open.pop(uid).rest())
        return self._pace.wait() if now_allowed < len(opened) else None

    def wake(
        self, uids: Iterable[WorkerId], count: int | None = None, *, spills: bool = False
    ) -> None:
        """
        Connect those of *uids* that are not, for a while.

        Those are at most *count*, and as many as the spill allows where this is one.
        """
        if spills:
            count = min(count or 0, self.spill)
        sleeping = [uid for uid in uids if uid in self._members and uid not in self._open]
        for uid in self._subset.best(sleeping, len(sleeping) if count is None else count):
            self._woken[uid] = -1
            self._connect(uid)
        if self._woken and self._timer is None:
            self._timer = self._loop.call_later(WAKE_SECONDS, self._look_after_woken)

    @property
    def spill(self) -> int:
        """How many may still be connected because all the others turn calls down."""
        return max(0, SPILL * (self._subset.limit or 0) - len(self._woken))

    def tell(self, change: RosterChange) -> None:
        """Tell every connected member of a change of the roster."""
        for member in self._open.values():
            # A session that is not open yet begins with the whole roster.
            if member.state is State.READY and member.session is not None:
                member.session.change_roster(change)

    def sleeping(self) -> list[WorkerId]:
        """Return those that are not connected."""
        return [uid for uid in self._members if uid not in self._open]

    def close(self) -> None:
        """Connect nobody any more."""
        self._members.clear()
        self._open.clear()
        self._own.clear()
        self._woken.clear()
        if self._timer is not None:
            self._timer.cancel()

    @property
    def _has_extra(self) -> bool:
        limit = self._subset.limit
        return limit is not None and len(self._open) > limit + len(self._own)

    def _connect(self, uid: WorkerId) -> None:
        member = self._open[uid] = self._members[uid]
        if member.state is not State.CLOSED:
            member.open()

    def _look_after_woken(self) -> None:
        """Let go of those that nobody has used since last time."""
        self._timer = None
        for uid, begun in list(self._woken.items()):
            session = self._members[uid].session
            now = 0 if session is None else session.begun
            if now == begun and not (session is not None and session.active):
                del self._woken[uid]
                member = self._open.get(uid)
                if member is not None and uid not in self._subset.chosen():
                    del self._open[uid]
                    self._spawn(member.rest())
            else:
                self._woken[uid] = now
        if self._woken:
            self._timer = self._loop.call_later(WAKE_SECONDS, self._look_after_woken)
