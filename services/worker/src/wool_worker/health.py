"""The services every worker has beside its own: health and reflection."""

from __future__ import annotations

from typing import Any, Final, cast

import grpc
import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from wool_protocol.worker.v1 import service_pb2

WORKER_SERVICE: Final[str] = service_pb2.DESCRIPTOR.services_by_name["WorkerService"].full_name
REFLECTION_SERVICE: Final = "grpc.reflection.v1alpha.ServerReflection"
REFLECTION_METHOD: Final = f"/{REFLECTION_SERVICE}/ServerReflectionInfo"
EVERYTHING: Final = ""


class Health:
    """Says SERVING until the worker drains."""

    def __init__(self) -> None:
        self._servicer: Any = cast(Any, health).aio.HealthServicer()

    def add_to(self, server: grpc.aio.Server) -> None:
        """Register health and reflection with *server*."""
        cast(Any, health_pb2_grpc).add_HealthServicer_to_server(self._servicer, server)
        server.add_generic_rpc_handlers((Reflection(),))

    async def enter(self) -> None:
        """Say that the worker serves."""
        for name in (EVERYTHING, WORKER_SERVICE):
            await self._servicer.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def leave(self) -> None:
        """Say that it does no more."""
        await self._servicer.enter_graceful_shutdown()


class Reflection(grpc.GenericRpcHandler):
    """
    Server reflection, imported when it is first asked for.

    The import takes a sixth of a worker's start, and few workers are ever asked.
    """

    def __init__(self) -> None:
        self._handler: grpc.RpcMethodHandler[Any, Any] | None = None

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Return what answers the call, None where it is not about reflection."""
        if handler_call_details.method != REFLECTION_METHOD:
            return None
        if self._handler is None:
            self._handler = _reflection_handler()
        return self._handler


def _reflection_handler() -> grpc.RpcMethodHandler[Any, Any]:
    from grpc_reflection.v1alpha import reflection, reflection_pb2

    names = (WORKER_SERVICE, str(health.SERVICE_NAME), REFLECTION_SERVICE)
    servicer = cast(Any, reflection).aio.ReflectionServicer(names)
    return grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
