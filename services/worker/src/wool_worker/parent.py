"""Watch the parent of a local worker."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from wool_common.errors import ProtocolViolation
from wool_common.link import ChildLink
from wool_common.startup import StopOrder

CHECK_SECONDS: Final = 0.5
"""How often a changed parent is looked for, should a stranger keep the link open."""

LAST_SECONDS: Final = 0.9
"""What is left to cancelled tasks, from the parent's end on, before the process ends."""


class Stop(Protocol):
    """The part of the worker's end that the watch needs."""

    def request(self, grace: float | None, reason: str) -> None: ...

    def end_now(self, code: int) -> object: ...


class ParentWatch:
    """
    Follows the link to the parent: its orders, then its end.

    A thread of its own, so that neither a blocked loop nor a blocked routine can keep a
    worker alive whose parent is gone.
    """

    def __init__(
        self, link: ChildLink, stop: Stop, *, parent: Callable[[], int] = os.getppid
    ) -> None:
        self._link = link
        self._stop = stop
        self._parent = parent
        self._first = parent()
        self._thread = threading.Thread(target=self._follow, name="wool-parent", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def _follow(self) -> None:
        gone_for = 0.0
        try:
            while self._parent() == self._first:
                self._obey_next()
            gone_for = CHECK_SECONDS
        except (EOFError, ProtocolViolation):
            pass
        self._stop.request(0.0, "its parent is gone")
        time.sleep(LAST_SECONDS - gone_for)
        self._stop.end_now(1)

    def _obey_next(self) -> None:
        try:
            order = self._link.receive(CHECK_SECONDS)
        except TimeoutError:
            return
        if isinstance(order, StopOrder):
            self._stop.request(order.grace, "its parent asked")
