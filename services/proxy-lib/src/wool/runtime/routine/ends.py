"""Turn the end of an attempt into a value or an error."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Final

from wool.runtime.worker.calls import Heard, Lost, NotStarted
from wool.runtime.worker.peer import Peer
from wool_common import frames as f
from wool_common.errors import (
    TRANSIENT,
    ProtocolViolation,
    RpcError,
    StatusCode,
    TransientRpcError,
    WoolError,
    WorkerBusy,
    WorkerLost,
)
from wool_common.pickling.exceptions import revive
from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import load
from wool_common.watching import Dispatch

TOO_LARGE: Final = "too-large"
"""The reason of a refusal that every other worker would repeat."""


async def opened(payload: f.Payload, watched: Dispatch | None = None) -> object:
    """Return the value in *payload*; a large one is read in a thread as it arrives."""
    if type(payload) is bytes:
        if watched is None:
            return load(payload)
        begun = perf_counter()
        try:
            return load(payload)
        finally:
            watched.received(len(payload), perf_counter() - begun)
    if watched is not None:
        return await _opened(payload, watched)
    assert isinstance(payload, Inbound)
    try:
        return await asyncio.get_running_loop().run_in_executor(None, payload.load)
    except asyncio.CancelledError:
        payload.fail(WoolError("nobody waits for the value any more"))
        raise


async def _opened(payload: f.Payload, watched: Dispatch) -> object:
    begun = perf_counter()
    try:
        return await opened(payload)
    finally:
        watched.received(f.payload_size(payload), perf_counter() - begun)


async def fail(end: Heard, member: Peer) -> None:
    """Raise what *end* says."""
    if isinstance(end, f.Raised):
        error = revive(await opened(end.error))
        try:
            raise error
        finally:
            del error  # an exception that holds its own frame is freed late
    if isinstance(end, f.Cancelled):
        raise asyncio.CancelledError(f"the routine was cancelled on {member.metadata.address}")
    if isinstance(end, Lost):
        raise WorkerLost(member.metadata.uid, member.metadata.address, end.reason)
    if isinstance(end, f.Refused | NotStarted):
        raise rejection(end, member)
    raise ProtocolViolation(f"a task ended with {type(end).__name__}")


def rejection(end: f.Refused | NotStarted, member: Peer) -> RpcError:
    """Return the error that says why the task did not start on *member*."""
    address = member.metadata.address
    if isinstance(end, NotStarted):
        return TransientRpcError(StatusCode.UNAVAILABLE, end.reason, address=address)
    code = StatusCode(end.code) if end.code in CODES else StatusCode.UNKNOWN
    if code not in TRANSIENT:
        return RpcError(code, end.details, address=address)
    return WorkerBusy(
        code, end.details, address=address, reason=end.reason, retry_after=end.retry_after
    )


CODES: Final = frozenset(int(code) for code in StatusCode)
