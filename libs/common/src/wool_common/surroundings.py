"""What a pool that has travelled to a worker finds there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from wool_common.credentials import CredentialsLike
from wool_common.frames import ClientFrame, Roster, RosterChange, WorkerFrame
from wool_common.metadata import WorkerMetadata


class Loopback(Protocol):
    """A session with the worker one is already on: no network, the same conversation."""

    def receive(self, frame: ClientFrame) -> None: ...

    def close(self) -> None: ...


class Surroundings(Protocol):
    """
    What a pool that has travelled to a worker finds there.

    *home* is the loop on which gRPC lives; `watch` calls back on it with the roster at
    once and with every later change, and returns what ends the watch.
    """

    @property
    def worker(self) -> WorkerMetadata: ...

    @property
    def home(self) -> asyncio.AbstractEventLoop: ...

    @property
    def credentials(self) -> CredentialsLike | None: ...

    def watch(self, callback: Callable[[Roster | RosterChange], None]) -> Callable[[], None]: ...

    def loopback(self, say: Callable[[WorkerFrame], None]) -> Loopback: ...


class Scope(Protocol):
    """A pool on a worker: entered around every run, closed when nobody needs it any more."""

    def entered(self) -> AbstractAsyncContextManager[object]: ...

    async def aclose(self) -> None: ...


ScopeFactory = Callable[[Surroundings], Scope]
"""What `OpenPool.scope` unpickles to."""
