"""
The services every program has beside its own: health and reflection.

Their libraries are declared by the programs, not here, so they are imported at use.
"""

from __future__ import annotations

from typing import Any, Final, cast

import grpc
import grpc.aio

HEALTH_SERVICE: Final = "grpc.health.v1.Health"
REFLECTION_SERVICE: Final = "grpc.reflection.v1alpha.ServerReflection"
REFLECTION_METHOD: Final = f"/{REFLECTION_SERVICE}/ServerReflectionInfo"
EVERYTHING: Final = ""


class Health:
    """Says whether the program serves; NOT_SERVING until it is first told otherwise."""

    def __init__(self, service: str) -> None:
        from grpc_health.v1 import health

        self._service = service
        self._servicer: Any = cast(Any, health).aio.HealthServicer()
        self._left = False
        self.serves = False
        """What was last said."""

    async def add_to(self, server: grpc.aio.Server) -> None:
        """Register health and reflection with *server*."""
        from grpc_health.v1 import health_pb2_grpc

        await self._say(serves=False)
        cast(Any, health_pb2_grpc).add_HealthServicer_to_server(self._servicer, server)
        names = (self._service, HEALTH_SERVICE, REFLECTION_SERVICE)
        server.add_generic_rpc_handlers((Reflection(names),))

    async def tell(self, *, serves: bool) -> None:
        """Say whether the program serves."""
        if serves != self.serves and not self._left:
            await self._say(serves=serves)

    async def leave(self) -> None:
        """Say for good that it does not."""
        self._left = True
        self.serves = False
        await self._servicer.enter_graceful_shutdown()

    async def _say(self, *, serves: bool) -> None:
        from grpc_health.v1 import health_pb2

        self.serves = serves
        answers = health_pb2.HealthCheckResponse
        for name in (EVERYTHING, self._service):
            await self._servicer.set(name, answers.SERVING if serves else answers.NOT_SERVING)


class Reflection(grpc.GenericRpcHandler):
    """
    Server reflection for the services *names*, imported when it is first asked for.

    The import takes a sixth of a worker's start, and few programs are ever asked.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._handler: grpc.RpcMethodHandler[Any, Any] | None = None

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Return what answers the call, None where it is not about reflection."""
        if handler_call_details.method != REFLECTION_METHOD:
            return None
        if self._handler is None:
            self._handler = _reflection_handler(self._names)
        return self._handler


def _reflection_handler(names: tuple[str, ...]) -> grpc.RpcMethodHandler[Any, Any]:
    from grpc_reflection.v1alpha import reflection, reflection_pb2

    servicer = cast(Any, reflection).aio.ReflectionServicer(names)
    return grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
