"""The way to one member of a pool, as a balancer is given it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.routine.attempts import Attempts
from wool.runtime.routine.taking import taken
from wool.runtime.worker.connection import WorkerConnection
from wool.runtime.worker.peer import Peer
from wool_common.frames import Load


class BoundConnection(WorkerConnection):
    """
    The way to one member of a pool, for as long as a worker is sought for one task.

    The session is the pool's: closing this does nothing.
    """

    def __init__(self, member: Peer, attempts: Attempts) -> None:
        # What the pool reaches need not be checked again, for every task.
        self.target = member.metadata.address
        self._credentials = attempts.credentials
        self.member = member
        self._attempts = attempts

    @property
    def load(self) -> Load:
        """How busy the worker last said it was."""
        return self.member.load

    async def dispatch(
        self, task: PlacedTask, *, timeout: float | None = None
    ) -> AsyncGenerator[object, object]:
        """
        Send *task* and return its results once the worker has accepted it.

        Raises:
            RpcError: it did not start there; TransientRpcError where another moment may do.
            WorkerLost: it may have, and nothing more is known.
            RuntimeError: it was given to a worker before, and that may have run it.
        """
        attempts, member = self._attempts, self.member
        call = attempts.call_of(task)
        await attempts.room(member)
        attempts.begin(call, member)
        limits = [t for t in (timeout, attempts.remaining()) if t is not None]
        try:
            return await taken(
                call,
                member,
                min(limits) if limits else None,
                prefetch=attempts.prefetch,
                unanswered=attempts.unanswered,
            )
        finally:
            if call.end is not None:
                attempts.failed(call.end)

    async def close(self) -> None:
        """Do nothing: the session is the pool's."""
