"""
The conversation of one task, as a table that both halves obey.

Client and worker each keep the phase of every task and advance it by each frame they
send or receive. Frames may cross on the wire, so a phase says two things apart: whether
the worker has answered, and whether the client has taken its wish back. What a client
says about a task that has just ended is heard and ignored, so those rows lead from ENDED
to ENDED. Refused is the answer or never comes: it is what makes another attempt safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from wool_common.errors import ProtocolViolation
from wool_common.frames import (
    Accepted,
    Cancel,
    Cancelled,
    Cancelling,
    Close,
    Next,
    Raised,
    Refused,
    Returned,
    Send,
    Start,
    TaskFrame,
    Throw,
    Yielded,
)


class Phase(Enum):
    """Where the conversation of one task stands."""

    ASKED = "asked"
    """A call was sent and not answered."""
    RUNNING = "running"
    """A call was accepted."""
    RECALLED = "recalled"
    """A call was cancelled before it was answered."""
    STOPPING = "stopping"
    """A call was accepted and is being cancelled."""
    INVITED = "invited"
    """A generator was asked for and not answered."""
    STREAMING = "streaming"
    """A generator was accepted; it runs, or waits to be resumed."""
    WITHDRAWN = "withdrawn"
    """A generator was closed before it was answered."""
    CLOSING = "closing"
    """A generator was accepted and is being closed."""
    ENDED = "ended"
    """The one explicit end was said."""


ENDS: Final[frozenset[type[TaskFrame]]] = frozenset({Returned, Raised, Cancelled})
FROM_CLIENT: Final[frozenset[type[TaskFrame]]] = frozenset(
    {Start, Next, Send, Throw, Close, Cancel}
)

Table = Mapping[tuple[Phase, type[TaskFrame]], Phase]


def _rows() -> dict[tuple[Phase, type[TaskFrame]], Phase]:
    p = Phase
    rows: dict[tuple[Phase, type[TaskFrame]], Phase] = {
        # A call.
        (p.ASKED, Accepted): p.RUNNING,
        (p.ASKED, Refused): p.ENDED,
        (p.ASKED, Cancel): p.RECALLED,
        (p.RECALLED, Accepted): p.STOPPING,
        (p.RECALLED, Refused): p.ENDED,
        (p.RECALLED, Cancel): p.RECALLED,
        (p.RUNNING, Cancel): p.STOPPING,
        (p.STOPPING, Cancel): p.STOPPING,
        (p.STOPPING, Cancelling): p.STOPPING,
        # A generator: commands may be sent before the answer to Start. A cancellation is
        # about one step, so it changes no phase: a generator that survives it goes on.
        (p.INVITED, Accepted): p.STREAMING,
        (p.INVITED, Refused): p.ENDED,
        (p.INVITED, Yielded): p.STREAMING,
        (p.INVITED, Next): p.INVITED,
        (p.INVITED, Send): p.INVITED,
        (p.INVITED, Throw): p.INVITED,
        (p.INVITED, Cancel): p.INVITED,
        (p.INVITED, Close): p.WITHDRAWN,
        (p.STREAMING, Yielded): p.STREAMING,
        (p.STREAMING, Cancelling): p.STREAMING,
        (p.STREAMING, Next): p.STREAMING,
        (p.STREAMING, Send): p.STREAMING,
        (p.STREAMING, Throw): p.STREAMING,
        (p.STREAMING, Cancel): p.STREAMING,
        (p.STREAMING, Close): p.CLOSING,
        (p.WITHDRAWN, Accepted): p.CLOSING,
        (p.WITHDRAWN, Refused): p.ENDED,
        (p.WITHDRAWN, Yielded): p.CLOSING,
        (p.WITHDRAWN, Cancel): p.WITHDRAWN,
        (p.CLOSING, Yielded): p.CLOSING,
        (p.CLOSING, Cancelling): p.CLOSING,
        (p.CLOSING, Cancel): p.CLOSING,
    }
    for phase in p:
        if phase is not p.ENDED:
            # An end implies acceptance, so a short task is answered by one frame.
            rows.update({(phase, end): p.ENDED for end in ENDS})
    # What crossed the end on the wire.
    rows.update({(p.ENDED, said): p.ENDED for said in FROM_CLIENT if said is not Start})
    return rows


NEXT: Final[Table] = _rows()


def opening(start: Start) -> Phase:
    """Return the phase after *start*."""
    return Phase.INVITED if start.stream else Phase.ASKED


def advance(phase: Phase, frame: TaskFrame) -> Phase:
    """
    Return the phase after *frame*.

    Raises:
        ProtocolViolation: the table has no such row; the peer, or this side, is at fault.
    """
    try:
        return NEXT[phase, type(frame)]
    except KeyError:
        said = type(frame).__name__
        raise ProtocolViolation(
            f"{said} is not allowed for task {frame.task} once it is {phase.value}"
        ) from None
