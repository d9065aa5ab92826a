"""Say why a member of a pool is not used."""

from __future__ import annotations

from wool.runtime.worker.ejection import Ejections
from wool.runtime.worker.members import OUTSIDE
from wool.runtime.worker.peer import Peer, State
from wool.runtime.worker.silence import SILENT, Silences
from wool_common.errors import Attempt


def attempt_at(
    member: Peer, ejections: Ejections, silences: Silences, *, settling: bool
) -> Attempt:
    """Return what an attempt to use *member* comes to; *settling* while it may be connected."""
    at = member.metadata
    if member.draining:
        reason = "draining: it takes no new tasks"
    elif member.state is State.KNOWN and not settling:
        reason = OUTSIDE
    else:
        reason = SILENT if at.uid in silences else member.reason
    reason = ejections.explain(at.uid) or reason or member.state.value
    return Attempt(worker=at.uid, address=at.address, reason=reason)
