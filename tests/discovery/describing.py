"""Answer `Describe` as a worker would."""

from __future__ import annotations

import asyncio

import grpc.aio

from wool_common.channels import server
from wool_common.convert_values import pack_metadata
from wool_common.credentials import WorkerCredentials
from wool_common.metadata import WorkerMetadata
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc


class Describing(sgrpc.WorkerServiceServicer):
    """A worker that can only tell who it is: *worker*, which a test may change."""

    def __init__(self, worker: WorkerMetadata) -> None:
        self.worker = worker
        self.draining = False
        self.asked = asyncio.Semaphore(0)
        self._server: grpc.aio.Server | None = None

    async def start(self, address: str, credentials: WorkerCredentials | None = None) -> int:
        """Listen on *address*; return the port."""
        self._server = server()
        sgrpc.add_WorkerServiceServicer_to_server(self, self._server)
        if credentials is None:
            port = self._server.add_insecure_port(address)
        else:
            port = self._server.add_secure_port(address, credentials.server_credentials())
        await self._server.start()
        return port

    async def stop(self) -> None:
        """Be gone."""
        assert self._server is not None
        await self._server.stop(None)

    async def Describe(  # noqa: N802 - named by the contract
        self, request: spb.DescribeRequest, context: object
    ) -> spb.DescribeResponse:
        self.asked.release()
        answer = spb.DescribeResponse(draining=self.draining)
        pack_metadata(self.worker, answer.metadata)
        return answer
