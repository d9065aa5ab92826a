"""The services every worker has beside its own: health and reflection."""

from __future__ import annotations

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from wool_protocol.worker.v1 import service_pb2

WORKER_SERVICE = service_pb2.DESCRIPTOR.services_by_name["WorkerService"].full_name
EVERYTHING = ""


class Health:
    """Says SERVING until the worker drains."""

    def __init__(self) -> None:
        self._servicer = health.aio.HealthServicer()

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register health and reflection with *server*."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)
        names = (WORKER_SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, server)

    async def enter(self) -> None:
        """Say that the worker serves."""
        for name in (EVERYTHING, WORKER_SERVICE):
            await self._servicer.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def leave(self) -> None:
        """Say that it does no more."""
        await self._servicer.enter_graceful_shutdown()
