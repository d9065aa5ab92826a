"""Keep workers that fail out of use for a growing while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wool_common.metadata import WorkerId

FIRST_SECONDS: Final = 1.0
"""How long a worker is kept out at first; each further time doubles it."""

LONGEST_SECONDS: Final = 60.0
"""What doubling ends at."""

STRIKES: Final = 3
"""How many lesser failures on end count as one that ejects."""


@dataclass(slots=True)
class _Record:
    """What one worker has done wrong since a task last succeeded there."""

    times: int = 0
    strikes: int = 0
    until: float = 0.0
    reason: str = ""


class Ejections:
    """Which workers are kept out, until when, and why."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._records: dict[WorkerId, _Record] = {}
        self._out: dict[WorkerId, _Record] = {}

    def __contains__(self, uid: WorkerId) -> bool:
        return uid in self._out

    def eject(self, uid: WorkerId, reason: str) -> None:
        """Keep *uid* out from now on; no effect while it is out already."""
        if uid in self._out:
            return
        record = self._records.setdefault(uid, _Record())
        seconds = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(record.times, 16))
        record.times += 1
        record.strikes = 0
        record.until = self._clock() + seconds
        record.reason = reason
        self._out[uid] = record

    def strike(self, uid: WorkerId, reason: str) -> None:
        """Note a failure that may be nobody's fault; several on end eject *uid*."""
        record = self._records.setdefault(uid, _Record())
        record.strikes += 1
        if record.strikes >= STRIKES:
            self.eject(uid, reason)

    def succeeded(self, uid: WorkerId) -> None:
        """Forget what *uid* did before; one that is out stays so until its time is over."""
        record = self._records.pop(uid, None)
        if record is not None and uid in self._out:
            record.times = 1
            record.strikes = 0
            self._records[uid] = record

    def forget(self, uid: WorkerId) -> None:
        """Forget everything about *uid*."""
        self._records.pop(uid, None)
        self._out.pop(uid, None)

    def let_back(self) -> list[WorkerId]:
        """Return those whose time is over, out no longer."""
        now = self._clock()
        back = [uid for uid, record in self._out.items() if record.until <= now]
        for uid in back:
            del self._out[uid]
        return back

    def next_return(self) -> float | None:
        """Return the seconds until somebody's time is over, None where nobody is out."""
        if not self._out:
            return None
        return max(0.0, min(record.until for record in self._out.values()) - self._clock())

    def explain(self, uid: WorkerId) -> str | None:
        """Return why *uid* is out, and for how long yet; None where it is not."""
        record = self._out.get(uid)
        if record is None:
            return None
        left = max(0.0, record.until - self._clock())
        return f"ejected for another {left:.1f} s: {record.reason}"
