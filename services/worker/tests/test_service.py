"""The worker's gRPC service where something goes wrong on its own side."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncGenerator
from types import MappingProxyType
from typing import Any, cast

import grpc
import grpc.aio
import pytest

from wool_common import frames as f
from wool_common.channels import channel, server
from wool_common.convert_client import PUT_CLIENT
from wool_common.metadata import PROTOCOL, PYTHON, VERSION, WorkerId, WorkerMetadata
from wool_common.transfers import Transfers
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc
from wool_worker.admission import Admission
from wool_worker.docket import Docket
from wool_worker.executor import Executor
from wool_worker.host import Host
from wool_worker.service import WorkerService

HELLO = f.Hello(PROTOCOL, PYTHON, pickle.HIGHEST_PROTOCOL, "test:1", VERSION)
UNSENDABLE = WorkerMetadata(
    uid=WorkerId("w-1"), address="nowhere", extra=MappingProxyType({"zone": "\udc80"})
)


@pytest.fixture
async def address() -> AsyncGenerator[str]:
    """Serve as a worker that says of itself what cannot be sent."""
    loop, docket = asyncio.get_running_loop(), Docket()
    executor = Executor(asyncio.new_event_loop)
    executor.start()
    host = Host(
        worker=UNSENDABLE,
        home=loop,
        docket=docket,
        admission=Admission(docket, None, loop),
        executor=executor,
    )
    grpc_server = server(())
    sgrpc.add_WorkerServiceServicer_to_server(
        WorkerService(host, lambda grace, reason: None), grpc_server
    )
    port = grpc_server.add_insecure_port("127.0.0.1:0")
    await grpc_server.start()
    yield f"127.0.0.1:{port}"
    await grpc_server.stop(None)
    executor.stop(5)


async def test_what_cannot_be_said_ends_the_session(address: str) -> None:
    """Nobody waits for ever because the worker fails to say something."""
    async with asyncio.timeout(10), channel(address) as link:
        session: Any = cast(Any, sgrpc.WorkerServiceStub(link)).Session()
        request = spb.SessionRequest()
        PUT_CLIENT[f.Hello](HELLO, request.frames.add(), Transfers())
        await session.write(request)

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await session.read()

    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert str(caught.value.details()).startswith("an answer cannot be sent: UnicodeEncodeError")
