"""Workers that do nothing but say who they are."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from wool_common.channels import server, server_credentials
from wool_common.convert_values import pack_metadata
from wool_common.credentials import WorkerCredentials
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc


class Worker(sgrpc.WorkerServiceServicer):
    """Answers Describe with *metadata*, which a test may change at any time."""

    def __init__(self, metadata: WorkerMetadata) -> None:
        self.metadata = metadata
        self.draining = False
        self.port = 0

    @property
    def labels(self) -> dict[str, str]:
        """Labels with which its container leads to it."""
        return {"wool.worker": "true", "wool.port": str(self.port)}

    async def Describe(  # noqa: N802
        self, request: spb.DescribeRequest, context: object
    ) -> spb.DescribeResponse:
        answer = spb.DescribeResponse(draining=self.draining)
        pack_metadata(self.metadata, answer.metadata)
        return answer


@asynccontextmanager
async def worker(
    uid: str,
    host: str = "127.0.0.2",
    port: int = 0,
    *,
    tags: frozenset[str] = frozenset(),
    credentials: WorkerCredentials | None = None,
) -> AsyncGenerator[Worker]:
    """Have a worker answer on *host* until the block is left."""
    found = Worker(WorkerMetadata(uid=WorkerId(uid), address="", tags=tags))
    ears = server()
    sgrpc.add_WorkerServiceServicer_to_server(found, ears)
    where = f"{host}:{port}"
    if credentials is None:
        found.port = ears.add_insecure_port(where)
    else:
        found.port = ears.add_secure_port(where, server_credentials(credentials))
    bare = host.strip("[]")
    address = f"[{bare}]:{found.port}" if ":" in bare else f"{bare}:{found.port}"
    found.metadata = replace(found.metadata, address=address)
    await ears.start()
    try:
        yield found
    finally:
        await ears.stop(None)
