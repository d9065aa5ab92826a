"""Do something often at first, and steadily from then on."""

from __future__ import annotations

from collections.abc import Callable


class Pace:
    """Allows *burst* at once, and *rate* per second after that."""

    def __init__(self, clock: Callable[[], float], rate: float, *, burst: int) -> None:
        self._clock = clock
        self._rate = rate
        self._burst = float(burst)
        self._allowed = float(burst)
        self._at = clock()

    def take(self, wanted: int) -> int:
        """Return how many of *wanted* are allowed now; they count as done."""
        now = self._clock()
        self._allowed = min(self._burst, self._allowed + (now - self._at) * self._rate)
        self._at = now
        taken = min(wanted, int(self._allowed))
        self._allowed -= taken
        return taken

    def wait(self) -> float:
        """Return the seconds until the next one is allowed."""
        missing = 1.0 - (self._allowed + (self._clock() - self._at) * self._rate)
        return max(0.0, missing / self._rate)
