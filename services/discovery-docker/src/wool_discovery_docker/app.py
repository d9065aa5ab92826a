"""Compose the discovery service: serve until asked to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from wool_common import logs
from wool_common.channels import server
from wool_common.health import Health
from wool_common.listening import listen
from wool_common.metrics.switch import are_off
from wool_common.probe_server import answering
from wool_discovery_docker.announced import Announced
from wool_discovery_docker.config import DiscoveryConfig
from wool_discovery_docker.docker_source import DockerSource
from wool_discovery_docker.metrics import Metrics
from wool_discovery_docker.registry import SOURCES, Registry
from wool_discovery_docker.service import DiscoveryService
from wool_discovery_docker.sources import Source
from wool_discovery_docker.stopping import Stop
from wool_discovery_docker.subscribed import subscribed
from wool_protocol.discovery.v1 import discovery_pb2
from wool_protocol.discovery.v1 import discovery_pb2_grpc as dgrpc

SERVICE: Final[str] = discovery_pb2.DESCRIPTOR.services_by_name["DiscoveryService"].full_name

HEALTH_SECONDS: Final = 0.25
"""How often it is looked whether what is known has become too old."""


async def run(config: DiscoveryConfig, stop: Stop) -> None:
    """Serve until asked to stop."""
    async with serving(config) as address:
        logs.get().info("discovery_ready", address=address)
        reason = await stop.requested()
        logs.get().info("discovery_ends", reason=reason)


@asynccontextmanager
async def serving(config: DiscoveryConfig) -> AsyncGenerator[str]:
    """
    Serve until the block is left; gives the address that is listened on.

    Raises:
        OSError: it cannot listen there.
    """
    metrics = Metrics(SOURCES)
    registry = Registry(config.labels, metrics)
    docker, sources = _sources(config, registry, metrics)
    same_machine = config.socket_path is not None
    announced = Announced(
        registry, docker, credentials=config.credentials, same_machine=same_machine
    )
    health = Health(SERVICE)
    async with AsyncExitStack() as stack:
        measured = config.metrics_port and not are_off()
        if measured:
            host = "127.0.0.1" if same_machine else config.host.strip("[]")
            stack.enter_context(metrics.served(host, config.metrics_port))
        grpc_server = server((), metrics.interceptors if measured else ())
        service = DiscoveryService(registry, sources, announced)
        dgrpc.add_DiscoveryServiceServicer_to_server(service, grpc_server)
        await health.add_to(grpc_server)
        address = config.bound(listen(grpc_server, config.bind, config.credentials))
        stack.push_async_callback(announced.aclose)
        for source in sources:
            await stack.enter_async_context(_running(source.run, f"wool-source {source.name}"))
        await stack.enter_async_context(_running(lambda: _tell(health, sources), "wool-health"))
        if config.probe:
            await stack.enter_async_context(answering(config.probe, lambda: health.serves))
        stack.push_async_callback(grpc_server.stop, 0.2)
        await grpc_server.start()
        stack.push_async_callback(health.leave)
        yield address


def _sources(
    config: DiscoveryConfig, registry: Registry, metrics: Metrics
) -> tuple[DockerSource | None, list[Source]]:
    """Return the sources, and which of them follows an Engine."""
    docker: DockerSource | None = None
    sources: list[Source] = []
    for choice in config.sources:
        if choice.kind == "docker":
            docker = DockerSource(
                config.engine,
                registry,
                network=config.network,
                credentials=config.credentials,
                on_sync=lambda cause: metrics.resync("docker", cause),
            )
            sources.append(docker)
        else:
            sources.append(subscribed(choice, registry, config.credentials))
    return docker, sources


async def _tell(health: Health, sources: list[Source]) -> None:
    """Keep *health* true: it serves once all was found, and nothing is too old."""
    while True:
        stale = any(not source.is_synced() or source.is_stale() for source in sources)
        await health.tell(serves=not stale)
        await asyncio.sleep(HEALTH_SECONDS)


@asynccontextmanager
async def _running(
    work: Callable[[], Coroutine[Any, Any, None]], name: str
) -> AsyncGenerator[None]:
    """Have *work* done until the block is left; that it ends by itself is a defect, and logged."""
    task = asyncio.create_task(_guarded(work, name), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _guarded(work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
    try:
        await work()
    except Exception as exc:  # noqa: BLE001 - told here; health tells the rest
        logs.get().error("part_failed", part=name, exc_info=exc)
