"""Show a worker that its owner is there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any, Final, cast

import grpc.aio

from wool.runtime.worker.wire import hello
from wool_common.channels import EOF, channel
from wool_common.convert_client import PUT_CLIENT
from wool_common.credentials import CredentialsLike
from wool_common.outbox import Outbox
from wool_common.transfers import Transfers
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

PAUSES: Final = (0.1, 0.5, 1.0, 2.0)
"""Seconds before a session that broke is opened again, give or take half; the last repeats."""


async def attend(
    address: str, credentials: CredentialsLike | None, pauses: Sequence[float] = PAUSES
) -> None:
    """
    Keep a session with the worker at *address*, in which nothing is said, until it drains.

    A session that breaks is opened again; a worker that is gone is for others to notice.
    """
    failures = 0
    while True:
        try:
            if await _one_session(address, credentials):
                return
            failures = 0
        except grpc.aio.AioRpcError:
            failures += 1
        pause = pauses[min(failures, len(pauses) - 1)]
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))


async def _one_session(address: str, credentials: CredentialsLike | None) -> bool:
    """Return, once the session is over, whether that was because the worker drains."""
    link = channel(address, credentials)
    try:
        stream = cast(Any, sgrpc.WorkerServiceStub(link).Session())
        outbox = Outbox(spb.SessionRequest, PUT_CLIENT, Transfers())
        outbox.say(hello())
        outbox.close()
        await outbox.pump(stream.write)
        while (response := await stream.read()) is not EOF:
            if any(frame.WhichOneof("kind") == "draining" for frame in response.frames):
                await stream.done_writing()
                return True
        return False
    finally:
        await link.close()
