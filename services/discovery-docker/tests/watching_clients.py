"""Clients of the discovery service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import grpc.aio
from fake_engine import FakeEngine

from wool_common.channels import channel
from wool_common.credentials import WorkerCredentials
from wool_common.metadata import WorkerMetadata
from wool_discovery_docker.app import serving
from wool_discovery_docker.config import DiscoveryConfig
from wool_protocol.discovery.v1 import discovery_pb2 as pb
from wool_protocol.discovery.v1 import discovery_pb2_grpc as dgrpc
from wool_protocol.worker.v1 import metadata_pb2 as mpb


class Client:
    """What somebody who watches has heard so far."""

    def __init__(self) -> None:
        self.addresses: dict[str, str] = {}
        self.sources: dict[str, str] = {}
        self.heard: list[str] = []
        """Every change: `+uid` and `-uid`, in order."""
        self.responses: list[pb.WatchResponse] = []
        self._changed = asyncio.Condition()
        self.error: grpc.aio.AioRpcError | None = None

    @property
    def synced(self) -> int:
        return sum(response.synced for response in self.responses)

    async def read(self, call: Any) -> None:
        try:
            async for response in call:
                await self._take(response)
        except grpc.aio.AioRpcError as exc:
            self.error = exc
            async with self._changed:
                self._changed.notify_all()

    async def until(self, told: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(told)

    async def until_there(self, *uids: str) -> None:
        await self.until(lambda: set(self.addresses) == set(uids))

    async def _take(self, response: pb.WatchResponse) -> None:
        for change in response.changes:
            if change.WhichOneof("kind") == "dropped":
                del self.addresses[change.dropped]
                self.heard.append(f"-{change.dropped}")
            else:
                uid = change.present.metadata.uid
                self.heard.append(f"+{uid}")
                self.addresses[uid] = change.present.metadata.address
                self.sources[uid] = change.present.source
        self.responses.append(response)
        async with self._changed:
            self._changed.notify_all()


class Service:
    """A discovery service that runs, with its clients."""

    def __init__(self, address: str, credentials: WorkerCredentials | None = None) -> None:
        self.address = address
        self.link = channel(address, credentials)
        self.stub = dgrpc.DiscoveryServiceStub(self.link)

    @asynccontextmanager
    async def watched(
        self,
        *,
        network: str = "",
        labels: Mapping[str, str] | None = None,
        namespace: str = "",
        tags: Iterable[str] = (),
        synced: bool = True,
    ) -> AsyncGenerator[Client]:
        """Watch until the block is left; with *synced*, it begins with the full set."""
        request = pb.WatchRequest(network=network, namespace=namespace, tags=tags, labels=labels)
        client = Client()
        call = self.stub.Watch(request)
        reading = asyncio.create_task(client.read(call))
        try:
            if synced:
                await client.until(lambda: client.synced == 1 or client.error is not None)
            yield client
        finally:
            call.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    async def announce(
        self, worker: WorkerMetadata, namespace: str = "", container: str = ""
    ) -> float:
        """Announce *worker*; return the seconds that it holds for."""
        metadata = mpb.Metadata(uid=worker.uid, address=worker.address)
        request = pb.AnnounceRequest(metadata=metadata, namespace=namespace, container=container)
        return (await self.stub.Announce(request)).lease_seconds

    async def withdraw(self, uid: str) -> None:
        await self.stub.Withdraw(pb.WithdrawRequest(uid=uid))


@asynccontextmanager
async def served(engine: FakeEngine, **settings: Any) -> AsyncGenerator[Service]:
    """Run the whole service, but for the program around it, on *engine*."""
    told: dict[str, Any] = {"engine": engine.url, "port": 0, **settings}
    config = DiscoveryConfig(**told)
    async with serving(config) as address:
        service = Service(address)
        try:
            yield service
        finally:
            await service.link.close()
