"""What the service has beside its own calls: health, reflection, metrics."""

from __future__ import annotations

import asyncio
import socket
import urllib.request
from typing import Any, cast

import pytest
from describing_workers import worker
from fake_engine import FakeEngine, container
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from watching_clients import Service, served

from wool_common.metadata import VERSION

NAME = "wool.discovery.v1.DiscoveryService"


async def until_health(service: Service, wanted: str) -> None:
    """Wait until the service says so of itself, of all and of its own name."""
    stub: Any = cast(Any, health_pb2_grpc).HealthStub(service.link)
    for name in ("", NAME):
        async with asyncio.timeout(10):
            async for answer in stub.Watch(health_pb2.HealthCheckRequest(service=name)):
                if health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status) == wanted:
                    break


async def test_it_serves_once_everything_was_found(engine: FakeEngine) -> None:
    """While the Engine has never answered it does not."""
    await engine.stop()
    async with served(engine) as service:
        await until_health(service, "NOT_SERVING")
        await engine.start()
        await until_health(service, "SERVING")


async def test_its_services_can_be_listed(engine: FakeEngine) -> None:
    """Server reflection names all three."""
    async with served(engine) as service:
        stub: Any = cast(Any, reflection_pb2_grpc).ServerReflectionStub(service.link)
        call = stub.ServerReflectionInfo()
        await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
        answer = await call.read()
        await call.done_writing()
        call.cancel()

    assert {one.name for one in answer.list_services_response.service} == {
        NAME,
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def page(port: int) -> dict[str, float]:
    """Return the metrics that are served on *port*."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


async def test_what_happens_is_counted(engine: FakeEngine) -> None:
    """Workers, events and listings by source; no label names a worker."""
    port = free_port()
    async with worker("a") as a, served(engine, metrics_port=port) as service:
        engine.put(container("ca", labels=a.labels, networks={"wool": "127.0.0.2"}))
        async with service.watched() as client:
            assert set(client.addresses) == {"a"}
            there = await asyncio.to_thread(page, port)
            engine.remove("ca", "die", "destroy")
            await client.until_there()
            gone = await asyncio.to_thread(page, port)

    docker = 'source="docker"'
    added = f'wool_discovery_events_total{{{docker},type="worker-added"}}'
    assert there[f"wool_discovery_workers{{{docker}}}"] == 1
    assert there['wool_discovery_workers{source="announced"}'] == 0
    assert there[added] == 1
    assert there[f'wool_discovery_resyncs_total{{cause="start",{docker}}}'] == 1
    assert there[f"wool_discovery_last_sync_timestamp_seconds{{{docker}}}"] > 1e9
    assert gone[f"wool_discovery_workers{{{docker}}}"] == 0
    assert gone[f'wool_discovery_events_total{{{docker},type="worker-dropped"}}'] == 1
    (build,) = (name for name in there if name.startswith("wool_build_info"))
    assert f'version="{VERSION}"' in build
    assert not any("127.0.0" in name or '"ca"' in name for name in there)


async def test_a_port_of_metrics_that_is_taken_is_an_error(engine: FakeEngine) -> None:
    """The service does not start, and says what it could not do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot serve metrics on 127.0.0.1:{port}"):
            async with served(engine, metrics_port=port):
                pass


async def test_a_port_that_is_taken_is_an_error(engine: FakeEngine) -> None:
    """Nothing is left behind, and the address is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{port}"):
            async with served(engine, port=port):
                pass
