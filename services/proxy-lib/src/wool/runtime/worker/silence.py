"""Notice workers that say nothing any more, long before their sessions end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from wool.runtime.worker.calls import Call
from wool.runtime.worker.peer import Peer
from wool.runtime.worker.session import Session
from wool_common.conversation import Phase
from wool_common.metadata import WorkerId
from wool_common.pickling.values import Parcel

LOOK_SECONDS: Final = 0.5
"""How long nothing may be heard while an answer is due; noticed after twice that at most."""

SILENT: Final = "silent: it leaves tasks unanswered"

UNANSWERED: Final = frozenset({Phase.ASKED, Phase.RECALLED, Phase.INVITED, Phase.WITHDRAWN})
"""Where neither acceptance nor refusal has come yet."""

Heard = tuple[Session, int, int]
"""A session, how many frames had come from it, and how many tasks it had begun."""


class Silences:
    """
    Which of *members* are silent; lives on *loop*.

    A worker whose host has lost power or network is not told from a slow one until its
    session ends, which takes gRPC some seconds. Those that answer are preferred to it
    meanwhile. Nothing is done while no task is under way.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        members: Callable[[], Iterable[Peer]],
        changed: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._members = members
        self._changed = changed
        self._heard: dict[WorkerId, Heard] = {}
        self._silent: set[WorkerId] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __contains__(self, uid: WorkerId) -> bool:
        return uid in self._silent

    def watch(self) -> None:
        """Look after the sessions for as long as tasks are under way."""
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def preferred(self, usable: tuple[Peer, ...]) -> tuple[Peer, ...]:
        """Return who of *usable* is not silent, or all of them where everybody is."""
        if not self._silent:
            return usable
        return tuple(m for m in usable if m.metadata.uid not in self._silent) or usable

    def close(self) -> None:
        """Look after nobody any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        before, self._heard = self._heard, {}
        silent: set[WorkerId] = set()
        for member in self._members():
            session = member.session
            if session is None or not session.active:
                continue
            uid = member.metadata.uid
            self._heard[uid] = session, session.heard, session.begun
            if uid in before and _is_silent(session, before[uid]):
                silent.add(uid)
        if self._heard:
            self.watch()
        if silent != self._silent:
            self._silent = silent
            self._changed()


def _is_silent(session: Session, before: Heard) -> bool:
    then, heard, begun = before
    return (
        session is then and session.heard == heard and any(_is_due(c, begun) for c in session.calls)
    )


def _is_due(call: Call, begun: int) -> bool:
    """Tell whether *call* is among the first *begun*, has been said, and was never answered."""
    return (
        call.number <= begun
        and call.phase in UNANSWERED
        and not isinstance(call.order.arguments, Parcel)
    )
