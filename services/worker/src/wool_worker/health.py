"""Tell whoever asks whether the worker serves."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Final

import grpc.aio

from wool_common import health
from wool_common.probe_server import answering
from wool_protocol.worker.v1 import service_pb2

WORKER_SERVICE: Final[str] = service_pb2.DESCRIPTOR.services_by_name["WorkerService"].full_name


class Health:
    """
    Says SERVING until the worker drains.

    gRPC's health service says it to clients, and the answer to probes of the name *probe*,
    unless that is empty, to those who check the container.
    """

    def __init__(self, probe: str = "") -> None:
        self._health = health.Health(WORKER_SERVICE)
        self._probe = probe
        self._answers = AsyncExitStack()

    async def add_to(self, server: grpc.aio.Server) -> None:
        """Register health and reflection with *server*."""
        await self._health.add_to(server)

    async def enter(self) -> None:
        """
        Say that the worker serves.

        Raises:
            OSError: the name for probes is taken.
        """
        if self._probe:
            probes = answering(self._probe, lambda: self._health.serves)
            await self._answers.enter_async_context(probes)
        await self._health.tell(serves=True)

    async def leave(self) -> None:
        """Say that it does no more."""
        await self._health.leave()

    async def aclose(self) -> None:
        """Answer no more probes."""
        await self._answers.aclose()
