"""A discovery service that says what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from wool_common.channels import server
from wool_common.convert_values import pack_metadata, unpack_metadata
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_protocol.discovery.v1 import discovery_pb2 as pb
from wool_protocol.discovery.v1 import discovery_pb2_grpc as dgrpc


class FakeService(dgrpc.DiscoveryServiceServicer):
    """Tells every client the same script, and remembers what it was asked."""

    def __init__(self, lease: float = 30.0) -> None:
        self.wishes: list[pb.WatchRequest] = []
        self.announced: dict[str, WorkerMetadata] = {}
        self.announcements = 0
        self.withdrawn: list[str] = []
        self.heard = asyncio.Event()
        self.refusal = ""
        self.silent = ""
        """Whose announcement is never answered."""
        self._lease = lease
        self._script: asyncio.Queue[pb.WatchResponse | None] = asyncio.Queue()

    def tell(
        self, *present: WorkerMetadata, dropped: tuple[str, ...] = (), synced: bool = False
    ) -> None:
        """Say that to whoever listens, or will."""
        response = pb.WatchResponse(synced=synced)
        for uid in dropped:
            response.changes.add(dropped=uid)
        for worker in present:
            pack_metadata(worker, response.changes.add().present.metadata)
        self._script.put_nowait(response)

    def cut(self) -> None:
        """End the stream of whoever listens."""
        self._script.put_nowait(None)

    async def Watch(  # noqa: N802
        self, request: pb.WatchRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[pb.WatchResponse]:
        """Follow the script."""
        self.wishes.append(request)
        self.heard.set()
        while (response := await self._script.get()) is not None:
            yield response
        await context.abort(grpc.StatusCode.UNAVAILABLE, "cut")

    async def Announce(  # noqa: N802
        self, request: pb.AnnounceRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.AnnounceResponse:
        """Remember the worker."""
        if self.refusal:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, self.refusal)
        worker = unpack_metadata(request.metadata)
        if worker.uid == self.silent:
            self.heard.set()
            await asyncio.Event().wait()
        self.announced[worker.uid] = worker
        self.announcements += 1
        self.heard.set()
        return pb.AnnounceResponse(lease_seconds=self._lease)

    async def Withdraw(  # noqa: N802
        self, request: pb.WithdrawRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.WithdrawResponse:
        """Forget the worker."""
        self.announced.pop(request.uid, None)
        self.withdrawn.append(request.uid)
        self.heard.set()
        return pb.WithdrawResponse()

    async def heard_once_more(self) -> None:
        """Wait for the next client."""
        self.heard.clear()
        await self.heard.wait()


@asynccontextmanager
async def serving(service: FakeService, folder: Path) -> AsyncGenerator[str]:
    """Serve on a socket in *folder*; gives its address."""
    address = f"unix:{folder / 's'}"
    made = server()
    dgrpc.add_DiscoveryServiceServicer_to_server(service, made)
    made.add_insecure_port(address)
    await made.start()
    try:
        yield address
    finally:
        await made.stop(0)


def worker(uid: str, address: str = "10.0.0.1:1") -> WorkerMetadata:
    """Return what a worker may say of itself."""
    return WorkerMetadata(uid=WorkerId(uid), address=address)
