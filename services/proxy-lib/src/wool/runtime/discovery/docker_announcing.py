"""Keep a discovery service told of workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable
from functools import partial
from typing import Final

import grpc.aio

from wool.runtime.discovery.docker_watch import Way
from wool_common.channels import channel
from wool_common.convert_values import pack_metadata
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.errors import DiscoveryError, RpcError
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.rpc import translated
from wool_protocol.discovery.v1 import discovery_pb2 as pb
from wool_protocol.discovery.v1 import discovery_pb2_grpc as dgrpc

log = logging.getLogger("wool")

ANSWER_SECONDS: Final = 15.0
"""What the service may take, which asks the worker itself."""

AGAIN_SECONDS: Final = 2.0
"""After so long an announcement that was not taken is made again."""


class Announcing:
    """Announces workers to the service that *way* leads to, again before it forgets them."""

    def __init__(self, way: Way, namespace: str = "") -> None:
        self._way = way
        self._namespace = namespace
        self._workers: dict[WorkerId, WorkerMetadata] = {}
        self._due: dict[WorkerId, float] = {}
        self._changed = asyncio.Event()

    async def announce(self, worker: WorkerMetadata) -> None:
        """
        Make *worker* known, and keep it so.

        Raises:
            DiscoveryError, RpcError: it could not be now; `run` tries again.
        """
        self._workers[worker.uid] = worker
        self._put_off(worker.uid, AGAIN_SECONDS)
        self._changed.set()
        request = pb.AnnounceRequest(namespace=self._namespace)
        pack_metadata(worker, request.metadata)
        answer = await self._ask(request)
        assert isinstance(answer, pb.AnnounceResponse)
        if worker.uid in self._workers:
            self._put_off(worker.uid, answer.lease_seconds / 2)
            self._changed.set()

    async def withdraw(self, uid: WorkerId) -> None:
        """
        Have that worker forgotten.

        Raises:
            DiscoveryError, RpcError: it could not be; its lease ends soon.
        """
        self._due.pop(uid, None)
        if self._workers.pop(uid, None) is not None:
            await self._ask(pb.WithdrawRequest(uid=uid))

    async def follow(self, events: AsyncIterable[DiscoveryEvent]) -> None:
        """Announce and withdraw as *events* say; the latest word on a worker replaces others."""
        under_way: dict[WorkerId, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            async for event in events:
                uid = event.metadata.uid
                if (former := under_way.pop(uid, None)) is not None:
                    former.cancel()
                doing = under_way[uid] = group.create_task(self._obey(event))
                doing.add_done_callback(partial(_forget, under_way, uid))

    async def run(self) -> None:
        """Announce again whatever is due, until cancelled."""
        clock = asyncio.get_running_loop().time
        complained = False
        while True:
            self._changed.clear()
            pause = min(self._due.values()) - clock() if self._due else None
            try:
                async with asyncio.timeout(None if pause is None else max(0.0, pause)):
                    await self._changed.wait()
                continue
            except TimeoutError:
                pass
            for uid in [uid for uid, at in self._due.items() if at <= clock()]:
                if uid not in self._due:
                    continue
                try:
                    await self.announce(self._workers[uid])
                    complained = False
                except (DiscoveryError, RpcError) as exc:
                    level = logging.DEBUG if complained else logging.WARNING
                    log.log(level, "worker %s could still not be announced: %s", uid, exc)
                    complained = True

    async def _obey(self, event: DiscoveryEvent) -> None:
        try:
            if event.type == "worker-dropped":
                await self.withdraw(event.metadata.uid)
            else:
                await self.announce(event.metadata)
        except (DiscoveryError, RpcError) as exc:
            log.warning("worker %s could not be announced: %s", event.metadata.uid, exc)

    def _put_off(self, uid: WorkerId, seconds: float) -> None:
        self._due[uid] = asyncio.get_running_loop().time() + seconds

    async def _ask(
        self, request: pb.AnnounceRequest | pb.WithdrawRequest
    ) -> pb.AnnounceResponse | pb.WithdrawResponse:
        place = await self._way()
        link = channel(place.address, place.credentials)
        try:
            stub = dgrpc.DiscoveryServiceStub(link)
            if isinstance(request, pb.AnnounceRequest):
                return await stub.Announce(request, timeout=ANSWER_SECONDS)
            return await stub.Withdraw(request, timeout=ANSWER_SECONDS)
        except grpc.aio.AioRpcError as exc:
            raise translated(exc, place.address, place.credentials) from exc
        finally:
            await link.close()


def _forget(
    under_way: dict[WorkerId, asyncio.Task[None]], uid: WorkerId, done: asyncio.Task[None]
) -> None:
    if under_way.get(uid) is done:
        del under_way[uid]
