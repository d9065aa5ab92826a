"""Ask a worker to drain."""

from __future__ import annotations

import asyncio
from typing import Final

import grpc.aio

from wool_common.channels import channel
from wool_common.credentials import CredentialsLike
from wool_common.describe import Inquiry
from wool_common.errors import RpcError, StatusCode
from wool_common.rpc import translated
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

ANSWER_SECONDS: Final = 2.0
PAUSE_SECONDS: Final = 0.1


async def order_drain(
    address: str, credentials: CredentialsLike | None, grace: float | None, timeout: float
) -> int:
    """
    Ask the worker at *address* to end, and return how many tasks ran there.

    They get *grace* seconds, None leaving that to the worker.

    Raises:
        RpcError: it has not agreed within *timeout* seconds.
    """
    link = channel(address, credentials)
    try:
        stub = sgrpc.WorkerServiceStub(link)
        answer = await stub.Stop(spb.StopRequest(grace_seconds=grace), timeout=timeout)
    except grpc.aio.AioRpcError as exc:
        raise translated(exc, address, credentials) from exc
    finally:
        await link.close()
    return answer.active


async def ended(address: str, credentials: CredentialsLike | None, limit: float) -> bool:
    """Wait until nobody answers at *address*, *limit* seconds at most; tell whether that is so."""
    clock = asyncio.get_running_loop().time
    until = clock() + limit
    inquiry = Inquiry(address, credentials)
    try:
        while (left := until - clock()) > 0:
            try:
                await inquiry.ask(min(left, ANSWER_SECONDS))
            except RpcError as exc:
                if exc.code is not StatusCode.DEADLINE_EXCEEDED:
                    return True
            await asyncio.sleep(min(PAUSE_SECONDS, max(0.0, left)))
        return False
    finally:
        await inquiry.aclose()
