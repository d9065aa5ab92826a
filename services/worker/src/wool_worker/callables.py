"""The callables one client has defined on this worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from wool_common.frames import Define
from wool_common.metadata import WorkerMetadata
from wool_worker.values import Reader, Shared, on_worker

Routine = Callable[..., object]


class Defined:
    """A callable as it was sent, unpickled when first needed, on the routines' loop."""

    __slots__ = ("_payload", "fn", "tag")

    def __init__(self, define: Define) -> None:
        self._payload = Shared(define.payload)
        self.tag = define.tag
        self.fn: Routine | None = None

    async def resolve(self, reader: Reader, worker: WorkerMetadata) -> Routine:
        """
        Return the callable.

        Raises:
            ModuleNotFoundError: a module it needs is missing here; the text names both.
            SerializationError: it cannot be unpickled here.
        """
        if self.fn is None:
            try:
                fn = cast(Routine, await self._payload.open(reader))
            except Exception as exc:  # noqa: BLE001 - unpickling raises whatever it likes
                raise on_worker(exc, worker) from exc.__cause__
            self.fn = fn
        return self.fn
