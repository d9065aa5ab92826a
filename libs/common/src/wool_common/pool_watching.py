"""What those who count ask a pool."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol


class PoolNumbers(Protocol):
    """One pool: its workers by state, its sessions, its tasks there, those without a worker."""

    @property
    def states(self) -> Mapping[str, int]: ...

    @property
    def sessions(self) -> int: ...

    @property
    def active(self) -> int: ...

    @property
    def waiting(self) -> int: ...


class WatchedPool(Protocol):
    """A pool, for whoever counts; asked from any thread."""

    @property
    def home(self) -> asyncio.AbstractEventLoop: ...

    @property
    def closed(self) -> bool: ...

    def stats(self) -> PoolNumbers: ...
