"""Measure how late the loops are that pools live on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from wool_common.metrics.lag import LoopLag
from wool_common.metrics.names import LOOP_LAG
from wool_common.metrics.numbers import Reading
from wool_common.watching import Watching

HOME: Final = "home"


class HomeLags:
    """
    Tells the lag of the loops that open pools live on, the worst of several.

    A loop is measured from the first question after a pool was opened on it.
    """

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._lags: dict[asyncio.AbstractEventLoop, LoopLag] = {}
        self._lock = threading.Lock()

    def read(self) -> list[Reading]:
        """Return what there is to tell."""
        pools = [ref() for ref in self._watching.pools.valuerefs()]
        homes = {pool.home for pool in pools if pool is not None and not pool.closed}
        with self._lock:
            for home in homes - self._lags.keys():
                self._lags[home] = LoopLag(home)
                _have_done(home, self._lags[home].start)
            for home in self._lags.keys() - homes:
                _have_done(home, self._lags.pop(home).stop)
            worst = max((lag.worst() for lag in self._lags.values()), default=0.0)
        return [Reading(LOOP_LAG, {(HOME,): worst})]


def _have_done(loop: asyncio.AbstractEventLoop, errand: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop has been closed
        loop.call_soon_threadsafe(errand)
