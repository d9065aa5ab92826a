"""Make attempts to run one task where somebody else says, and never a second one that counts."""

from __future__ import annotations

from typing import cast

from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.routine.options import DispatchOptions
from wool.runtime.routine.placement import Search
from wool.runtime.worker.calls import Call, Lost, NotStarted, Order
from wool.runtime.worker.gateway import Proxy
from wool.runtime.worker.peer import Peer
from wool_common import frames as f
from wool_common.credentials import CredentialsLike
from wool_common.errors import WorkerLost
from wool_common.metadata import WorkerId


class Attempts(Search):
    """The search where others than this class choose the workers."""

    def __init__(self, proxy: Proxy, order: Order, options: DispatchOptions) -> None:
        super().__init__(proxy, order, options)
        self.excluded: set[WorkerId] = set()
        """Those that are not to be offered for this task."""
        self._call: Call | None = None
        self._holder: Peer | None = None

    @property
    def credentials(self) -> CredentialsLike | None:
        """What the pool shows to workers."""
        return self._proxy.credentials

    @property
    def prefetch(self) -> int:
        """How far the worker may run ahead of whoever iterates."""
        return self._options.prefetch

    def call_of(self, task: PlacedTask) -> Call:
        """
        Return a new attempt to run *task*, which is the one that a worker is sought for.

        Raises:
            ValueError: it is another one.
        """
        if not isinstance(cast(object, task), PlacedTask) or task.key != self._order.id:
            raise ValueError(f"the task to dispatch is the one that was given, not {task!r:.200}")
        return Call(self._order, self._proxy.caller())

    def admitted(self) -> tuple[Peer, ...]:
        """Return the ready members that may run the task, tried or not."""
        found = super().admitted()
        if self.excluded:
            return tuple(m for m in found if m.metadata.uid not in self.excluded)
        return found

    def usable(self, uid: WorkerId) -> Peer | None:
        """Return the worker *uid* where it would take the task now, as far as is known."""
        member = self._proxy.ready_member(uid)
        if member is None or uid in self.excluded or not self._options.admits(member.metadata):
            return None
        return member

    async def room(self, member: Peer) -> None:
        """Wait until the way to *member* is free."""
        session = member.session
        if session is not None and session.congested:
            await session.room()

    def begin(self, call: Call, member: Peer) -> None:
        """
        Send the task to *member*.

        Raises:
            RuntimeError, WorkerLost: an earlier attempt has started it, or may have.
        """
        self.refuse_second()
        session = member.session
        assert session is not None
        self.member = self._holder = member
        self._call = call
        session.submit(call)

    def refuse_second(self) -> None:
        """
        Refuse another attempt, unless the task provably did not start before.

        Raises:
            RuntimeError, WorkerLost: it has started, or may have.
        """
        call, member = self._call, self._holder
        if call is None or member is None or isinstance(call.end, f.Refused | NotStarted):
            return
        at = member.metadata
        if isinstance(call.end, Lost):
            raise WorkerLost(at.uid, at.address, call.end.reason)
        raise RuntimeError(
            f"this task has been given to the worker {at.uid} at {at.address} already;"
            " a task never runs twice"
        )
