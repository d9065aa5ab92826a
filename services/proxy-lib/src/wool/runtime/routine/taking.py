"""Wait until one worker has taken a task."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import cast

from wool.runtime.routine.ends import rejection
from wool.runtime.routine.placement import accepted
from wool.runtime.routine.results import results_of
from wool.runtime.worker.calls import Call, Lost, NotStarted
from wool.runtime.worker.peer import Peer
from wool_common import frames as f
from wool_common.deadline import Deadline
from wool_common.errors import StatusCode, TransientRpcError, WorkerLost


@dataclass(slots=True, kw_only=True)
class Patience:
    """How long *member* may take to answer, and what to do where it does not."""

    member: Peer | None
    deadline: Deadline | None
    unanswered: Callable[[], None]

    def remaining(self) -> float | None:
        """Return the seconds left, None without limit."""
        return None if self.deadline is None else self.deadline.remaining()


async def taken(
    call: Call,
    member: Peer,
    limit: float | None,
    *,
    prefetch: int = 0,
    unanswered: Callable[[], None] = lambda: None,
) -> AsyncGenerator[object, object]:
    """
    Return the results of *call*, which was sent to *member*, once it has been accepted.

    Raises:
        RpcError: the task did not start; TransientRpcError where another moment may do.
        WorkerLost: it may have, and nothing more is known.
    """
    deadline = None if limit is None else Deadline.after(limit)
    patience = Patience(member=member, deadline=deadline, unanswered=unanswered)
    await accepted(call, patience)
    end, at = call.end, member.metadata
    if isinstance(end, Lost):
        raise WorkerLost(at.uid, at.address, end.reason)
    if isinstance(end, f.Refused | NotStarted):
        if patience.remaining() == 0.0:
            raise TransientRpcError(
                StatusCode.DEADLINE_EXCEEDED,
                f"the task was not accepted within {cast(float, limit):.3g} s",
                address=at.address,
            )
        raise rejection(end, member)
    return results_of(call, member, prefetch=prefetch)
