"""Decide how long to put up with somebody who does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FIRST_PAUSE: Final = 0.25


@dataclass(slots=True, kw_only=True)
class Patience:
    """
    What has become of asking one address every *interval* seconds.

    After a failure it is asked again soon, then ever later; when all has failed for *limit*
    seconds, nobody is there.
    """

    interval: float
    limit: float
    _failing_since: float | None = None
    _pause: float = 0.0

    @property
    def is_failing(self) -> bool:
        """True where the last attempt failed."""
        return self._failing_since is not None

    def succeed(self) -> float:
        """Note an answer; return the seconds to wait before asking again."""
        self._failing_since = None
        return self.interval

    def fail(self, now: float) -> float:
        """Note that there was no answer; return the seconds to wait before asking again."""
        if self._failing_since is None:
            self._failing_since = now
            self._pause = min(FIRST_PAUSE, self.interval)
        else:
            self._pause = min(2 * self._pause, self.interval)
        return self._pause

    def is_over(self, now: float) -> bool:
        """Tell whether it has failed for so long that nobody is there."""
        return self._failing_since is not None and now - self._failing_since >= self.limit
