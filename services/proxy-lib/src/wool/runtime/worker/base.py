"""What every worker can be asked to do, whatever it runs on."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Protocol, Self, runtime_checkable
from uuid import uuid4

from wool.runtime.worker.options import ChannelOptions as ChannelOptions
from wool.runtime.worker.options import WorkerOptions as WorkerOptions
from wool_common.metadata import WorkerId, WorkerMetadata


@runtime_checkable
class WorkerLike(Protocol):
    """A worker that a pool can start, use and stop."""

    @property
    def uid(self) -> WorkerId: ...

    @property
    def metadata(self) -> WorkerMetadata | None: ...

    @property
    def tags(self) -> frozenset[str]: ...

    @property
    def extra(self) -> Mapping[str, str]: ...

    @property
    def address(self) -> str | None: ...

    async def start(self, *, timeout: float | None = None) -> None: ...

    async def stop(self, *, grace: float | None = None, timeout: float | None = None) -> None: ...


class Worker(ABC):
    """
    Base of workers: keeps what is known of one, and the order of its life.

    A worker is used once. As an async context manager it is started and stopped.
    *metadata* and *address* are None until it is ready.
    """

    def __init__(self, *tags: str, **extra: str) -> None:
        for tag in tags:
            require_text("a tag", tag)
        for key, value in extra.items():
            _require_fact(type(self).__name__, key, value)
        self._uid = WorkerId(str(uuid4()))
        self._tags = frozenset(tags)
        self._extra = MappingProxyType(dict(extra))
        self._metadata: WorkerMetadata | None = None
        self._was_started = False

    @property
    def uid(self) -> WorkerId:
        return self._uid

    @property
    def metadata(self) -> WorkerMetadata | None:
        return self._metadata

    @property
    def tags(self) -> frozenset[str]:
        return self._tags

    @property
    def extra(self) -> Mapping[str, str]:
        return self._extra

    @property
    def address(self) -> str | None:
        return None if self._metadata is None else self._metadata.address

    async def start(self, *, timeout: float | None = None) -> None:
        """
        Start the worker and return when it is ready.

        Raises:
            RuntimeError: it was started before.
            ValueError: *timeout* is not positive.
            WorkerStartError: it did not become ready, or not within *timeout* seconds.
        """
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout must be positive, not {timeout}")
        if self._was_started:
            raise RuntimeError("this worker was started before; a worker is used once")
        self._was_started = True
        self._metadata = await self._start(timeout)

    async def stop(self, *, grace: float | None = None, timeout: float | None = None) -> None:
        """
        Stop the worker and return when it has ended; again, it does nothing.

        Running tasks have *grace* seconds to finish; None stands for what the worker was
        made with. All of it takes at most *timeout* seconds.

        Raises:
            RuntimeError: it was never started.
            ValueError: *grace* or *timeout* is negative.
        """
        for name, seconds in (("grace", grace), ("timeout", timeout)):
            if seconds is not None and (seconds < 0 or math.isnan(seconds)):
                raise ValueError(f"{name} must not be negative, not {seconds}")
        if not self._was_started:
            raise RuntimeError("this worker was not started")
        await self._stop(grace, timeout)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    @abstractmethod
    async def _start(self, timeout: float | None) -> WorkerMetadata:
        """Start the worker and return what it says about itself once it is ready."""

    @abstractmethod
    async def _stop(self, grace: float | None, timeout: float | None) -> None:
        """End the worker; called as often as `stop` is."""


def _require_fact(worker: str, name: str, value: object) -> None:
    """Raise TypeError where *value*, given to a *worker* under any other *name*, is no fact."""
    if name == "identity":
        raise TypeError(
            f"identity is no argument of {worker}: it belongs to the credentials,"
            " WorkerCredentials.from_files(..., identity=...)"
        )
    if not isinstance(value, str):
        raise TypeError(
            f"{name} must be a string, not {type(value).__name__}: {value!r}; it is no argument of"
            f" {worker}, and what is none is a fact that clients are told"
        )


def require_text(name: str, value: object) -> None:
    """Raise TypeError or ValueError where *value* is no text that says anything."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, not {type(value).__name__}: {value!r}")
    if not value.strip():
        raise ValueError(f"{name} must not be empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        problem = f"{name} must be text that can be sent as UTF-8, not {value!r}"
        raise ValueError(problem) from None
