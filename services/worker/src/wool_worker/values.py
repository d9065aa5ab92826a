"""Open and close what crosses to routines and back."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from wool_common.errors import SerializationError
from wool_common.frames import Payload, Raised
from wool_common.metadata import WorkerMetadata
from wool_common.pickling.exceptions import dump_exception, revive
from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import load

NOTHING: Final = b""
"""The payload of a generator's end."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Unpickles on the loop what is small, in a thread what is large and still arriving."""

    threads: Executor

    async def open(self, payload: Payload) -> object:
        """Return the value in *payload*."""
        if isinstance(payload, Inbound):
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self.threads, payload.load)
        assert isinstance(payload, bytes)
        return load(payload)

    async def error(self, payload: Payload) -> BaseException:
        """Return the exception in *payload*."""
        return revive(await self.open(payload))


class Shared:
    """A payload that several runs need, on the routines' loop; a large one is read once."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload
        self._opening: asyncio.Future[object] | None = None

    async def open(self, reader: Reader) -> object:
        """Return the value."""
        if not isinstance(self._payload, Inbound):
            return await reader.open(self._payload)
        if self._opening is None:
            self._opening = asyncio.ensure_future(reader.open(self._payload))
            # Not to be reported as lost where every run that waits for it is cancelled.
            self._opening.add_done_callback(lambda done: done.cancelled() or done.exception())
        # A run that is cancelled must not take the value from the others.
        return await asyncio.shield(self._opening)


def raised(task: int, error: BaseException, *, key: str, worker: WorkerMetadata) -> Raised:
    """Return the frame that carries *error*, or what kept it from being carried."""
    try:
        payload = dump_exception(error, task=key, worker=worker.uid)
    except Exception as exc:  # noqa: BLE001 - the caller must hear of an end, whatever the error is made of
        stand_in = SerializationError(
            f"{type(error).__name__} was raised and cannot be sent: {exc}"
        )
        payload = dump_exception(stand_in, task=key, worker=worker.uid)
    return Raised(task, payload)


def on_worker(error: BaseException, worker: WorkerMetadata) -> BaseException:
    """Return *error*, met while unpickling, with the worker it happened on named."""
    where = f" (on worker {worker.uid} at {worker.address})"
    if isinstance(error, ModuleNotFoundError):
        told = ModuleNotFoundError(f"{error}{where}", name=error.name, path=error.path)
    elif isinstance(error, SerializationError):
        told = SerializationError(f"{error}{where}", path=error.path)
    else:
        told = error
    return told
