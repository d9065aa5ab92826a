"""Health and reflection answer as any gRPC tool expects, over sockets of both kinds."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Generator
from typing import Any

import grpc
import pytest
from dialling import described, start, stop_by_rpc, stranger
from ears import Ear
from fault_routines import hang
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from programs import shell_worker

from wool_common import frames as f
from wool_common.channels import channel

SERVICE = "wool.worker.v1.WorkerService"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture(params=["tcp", "unix"])
def address(request: pytest.FixtureRequest) -> Generator[str]:
    """Be the address of a worker started from a shell."""
    with tempfile.TemporaryDirectory(prefix="wf-", dir="/tmp") as folder:
        tcp = ("--host", "127.0.0.1", "--port", "0")
        where = tcp if request.param == "tcp" else ("--socket", f"{folder}/w")
        with shell_worker(*where) as address:
            yield address


async def test_health_is_serving_until_the_worker_drains(address: str, ear: Ear) -> None:
    """Check says SERVING, for the server and the service, then NOT_SERVING on a drain."""
    async with channel(address) as link, stranger(address) as client:
        health: Any = health_pb2_grpc.HealthStub(link)
        for name in ("", SERVICE):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == SERVING
        with pytest.raises(grpc.aio.AioRpcError, match="NOT_FOUND"):
            await health.Check(health_pb2.HealthCheckRequest(service="no.such.Service"))
        watch = health.Watch(health_pb2.HealthCheckRequest(service=SERVICE))
        assert (await watch.read()).status == SERVING
        await client.define(1, hang)
        await client.say(start(1, ear.path))
        await ear.hear("began")

        assert await stop_by_rpc(address) == 1

        assert (await watch.read()).status == NOT_SERVING
        for name in ("", SERVICE):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == NOT_SERVING
        assert (await described(address)).draining
        watch.cancel()
        await client.say(f.Cancel(1))


async def test_reflection_shows_the_service(address: str) -> None:
    """The services are listed, and the schema of the worker's own can be fetched."""

    def reflect() -> tuple[set[str], list[str]]:
        with grpc.insecure_channel(address) as link:
            database = ProtoReflectionDescriptorDatabase(link)
            service = DescriptorPool(database).FindServiceByName(SERVICE)
            return set(database.get_services()), [method.name for method in service.methods]

    names, methods = await asyncio.to_thread(reflect)

    assert {SERVICE, "grpc.health.v1.Health"} <= names
    assert methods == ["Session", "Describe", "Stop"]


async def test_a_description_tells_what_the_worker_is(address: str) -> None:
    """Describe has address, versions and load of the worker that answers."""
    answer = await described(address)

    assert answer.metadata.address == address
    assert answer.metadata.pid > 0
    assert set(answer.versions) >= {"wool", "python", "grpc", "protobuf"}
    assert (answer.load.active, answer.draining) == (0, False)
    assert answer.uptime_seconds > 0
