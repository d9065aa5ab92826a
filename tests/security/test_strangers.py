"""Nothing is answered to a client without a certificate of the worker's authority."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import grpc
import grpc.aio
import pytest
from authority import NAME, Authority, write
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

import wool
from wool.runtime.worker.auth import CredentialsLike, WorkerCredentialsProvider
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

Ask = Callable[[grpc.aio.Channel], Awaitable[object]]
SECONDS = 10


async def session(channel: grpc.aio.Channel) -> object:
    call = cast(Any, sgrpc.WorkerServiceStub(channel).Session(timeout=SECONDS))
    return await call.read()


async def describe(channel: grpc.aio.Channel) -> object:
    return await sgrpc.WorkerServiceStub(channel).Describe(spb.DescribeRequest(), timeout=SECONDS)


async def stop(channel: grpc.aio.Channel) -> object:
    return await sgrpc.WorkerServiceStub(channel).Stop(spb.StopRequest(), timeout=SECONDS)


async def health(channel: grpc.aio.Channel) -> object:
    stub = cast(Any, health_pb2_grpc).HealthStub(channel)
    return await stub.Check(cast(Any, health_pb2).HealthCheckRequest(), timeout=SECONDS)


async def watch(channel: grpc.aio.Channel) -> object:
    stub = cast(Any, health_pb2_grpc).HealthStub(channel)
    call = stub.Watch(cast(Any, health_pb2).HealthCheckRequest(), timeout=SECONDS)
    return await call.read()


async def reflection(channel: grpc.aio.Channel) -> object:
    stub = cast(Any, reflection_pb2_grpc).ServerReflectionStub(channel)
    request = cast(Any, reflection_pb2).ServerReflectionRequest(list_services="")
    call = stub.ServerReflectionInfo(iter([request]), timeout=SECONDS)
    return await call.read()


ALL: list[Ask] = [session, describe, stop, health, watch, reflection]


@asynccontextmanager
async def dialled(
    address: str, credentials: grpc.ChannelCredentials | None
) -> AsyncGenerator[grpc.aio.Channel]:
    options = [("grpc.default_authority", NAME)]
    if credentials is None:
        channel = grpc.aio.insecure_channel(address, options=options)
    else:
        channel = grpc.aio.secure_channel(address, credentials, options=options)
    async with channel:
        yield channel


def who(name: str, ours: Authority, theirs: Authority) -> grpc.ChannelCredentials | None:
    """Return what a stranger shows; each would accept the worker's certificate."""
    match name:
        case "no TLS":
            return None
        case "no certificate":
            return ours.issue(mutual=False).client_credentials()
        case "another authority's":
            return theirs.issue(trusts=ours).client_credentials()
        case _:
            return ours.issue(expired=True).client_credentials()


@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("stranger", ["no TLS", "no certificate", "another authority's", "expired"])
async def test_strangers_are_answered_nothing(
    ours: Authority, theirs: Authority, tmp_path: Path, stranger: str, rotated: bool
) -> None:
    """Under mutual TLS every call fails before the worker hears of it; it goes on to serve."""
    credentials: CredentialsLike = ours.issue()
    if rotated:
        write(ours.issue(), tmp_path)
        ca, key, cert = (tmp_path / f"{name}.pem" for name in ("ca", "key", "cert"))
        credentials = WorkerCredentialsProvider.from_files(ca, key, cert)
    async with wool.LocalWorker(credentials=credentials) as worker:
        if rotated:
            write(ours.issue(), tmp_path)
        for ask in ALL:
            async with dialled(str(worker.address), who(stranger, ours, theirs)) as channel:
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await ask(channel)

                assert caught.value.code() is grpc.StatusCode.UNAVAILABLE

        mine = ours.issue().client_credentials()
        async with dialled(str(worker.address), mine) as channel:
            answer = await describe(channel)

    assert isinstance(answer, spb.DescribeResponse)
    assert answer.metadata.secure
    assert not answer.draining


async def test_one_way_tls_is_tls(ours: Authority) -> None:
    """Who shows nothing is answered, but not in the clear."""
    async with wool.LocalWorker(credentials=ours.issue(mutual=False)) as worker:
        for ask in ALL:
            async with dialled(str(worker.address), None) as channel:
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await ask(channel)

                assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("mutual", [True, False])
async def test_friends_are_answered(ours: Authority, mutual: bool) -> None:
    """With the certificate, or where none is asked for, each call is answered."""
    credentials = ours.issue(mutual=mutual)

    async with wool.LocalWorker(credentials=credentials) as worker:
        for ask in (describe, health, watch, reflection):
            async with dialled(str(worker.address), credentials.client_credentials()) as channel:
                assert await ask(channel)
        async with dialled(str(worker.address), credentials.client_credentials()) as channel:
            assert await stop(channel)
        await worker.exited()
