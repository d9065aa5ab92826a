"""Copy values as they are copied on their way to a worker and back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from wool_common import frames as f
from wool_common.pickling.exceptions import dump_exception, revive
from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import Pickled, dump, load
from wool_common.transfers import landed

Routine = Callable[..., object]


def copied(value: object, *, root: str) -> object:
    """
    Return a copy of *value*, which an error calls *root*.

    Raises:
        SerializationError: it cannot be pickled or unpickled.
    """
    return unpacked(dump(value, exceptions=True, root=root))


def copied_error(error: BaseException, *, task: str = "", worker: str = "") -> BaseException:
    """Return *error* as its caller would get it from a worker."""
    return revive(unpacked(dump_exception(error, task=task, worker=worker)))


def unpacked(payload: Pickled) -> object:
    """Return the value in *payload*, which nothing has carried anywhere."""
    arrived = landed(f.Returned(0, payload)).value
    return arrived.load() if isinstance(arrived, Inbound) else load(cast(bytes, arrived))


async def arrived(payload: f.Payload) -> object:
    """Return the value in *payload*; a large one is read in a thread as it arrives."""
    if isinstance(payload, Inbound):
        return await asyncio.get_running_loop().run_in_executor(None, payload.load)
    return load(cast(bytes, payload))


def without_frames_of(error: BaseException, package: str) -> BaseException:
    """Leave the first frames out of the traceback of *error* as long as they are *package*'s."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals.get("__name__", "").startswith(package):
        trace = trace.tb_next
    return error if trace is None else error.with_traceback(trace)
