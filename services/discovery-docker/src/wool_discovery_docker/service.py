"""The service by which others learn of workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, Final

import grpc
import grpc.aio

from wool_common import logs
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.metadata import WorkerId
from wool_discovery_docker.announced import Announced
from wool_discovery_docker.networks import doubts
from wool_discovery_docker.registry import Registry, Selection
from wool_discovery_docker.sources import Source
from wool_discovery_docker.wire import read_announcement, read_wish, write_changes
from wool_discovery_docker.wishes import Wish
from wool_protocol.discovery.v1 import discovery_pb2 as pb
from wool_protocol.discovery.v1 import discovery_pb2_grpc as dgrpc

HOPE_SECONDS: Final = 3.0
"""A client is refused where after so long not one source can be reached."""

PATIENCE_SECONDS: Final = 10.0
"""After so long a client is told what is known so far, which is not called complete."""

MOST_DOUBTS: Final = 1000
"""Networks about which a line has been logged; then the counting begins anew."""

Batches = AsyncGenerator[list[DiscoveryEvent]]


class DiscoveryService(dgrpc.DiscoveryServiceServicer):
    """Answers clients; lives on one event loop."""

    def __init__(
        self,
        registry: Registry,
        sources: Sequence[Source],
        announced: Announced,
        *,
        hope: float = HOPE_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._registry = registry
        self._sources = sources
        self._announced = announced
        self._hope = hope
        self._patience = patience
        self._doubted: set[str] = set()

    async def Watch(  # noqa: N802 - named by the contract
        self,
        request: pb.WatchRequest,
        context: grpc.aio.ServicerContext[pb.WatchRequest, pb.WatchResponse],
    ) -> AsyncIterator[pb.WatchResponse]:
        """Tell who is there, say so, then tell what changes."""
        wish = read_wish(request)
        with self._registry.select(wish) as selection:
            settling = asyncio.create_task(self._settle(wish), name="wool-watch-settle")
            try:
                if (problem := await self._hopeless(settling)) is not None:
                    await context.abort(grpc.StatusCode.UNAVAILABLE, problem)
                async with aclosing(self._told(selection, settling)) as responses:
                    async for response in responses:
                        yield response
            finally:
                settling.cancel()
                await asyncio.wait([settling])

    async def Announce(  # noqa: N802
        self, request: pb.AnnounceRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.AnnounceResponse:
        """Make a worker known, or know it for longer."""
        refusal = await self._announced.announce(read_announcement(request))
        if refusal is not None:
            await context.abort(grpc.StatusCode[refusal.code.name], refusal.text)
        return pb.AnnounceResponse(lease_seconds=self._announced.lease)

    async def Withdraw(  # noqa: N802
        self, request: pb.WithdrawRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.WithdrawResponse:
        """Forget what was announced; also where nothing was."""
        if not request.uid:
            text = "uid is empty: say which worker is to be forgotten"
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        self._announced.withdraw(request.uid)
        return pb.WithdrawResponse()

    async def _settle(self, wish: Wish) -> None:
        """Wait until all that *wish* can mean has been looked for."""
        await asyncio.gather(*(source.settled(wish) for source in self._sources))
        if wish.network and wish.network not in self._doubted:
            meant = doubts(wish.network, self._registry.containers)
            if meant:
                self._doubted = {wish.network, *list(self._doubted)[: MOST_DOUBTS - 1]}
                logs.get().warning("network_in_doubt", wanted=wish.network, found=list(meant))

    async def _hopeless(self, settling: asyncio.Task[None]) -> str | None:
        """Wait for as long as makes sense; return why there is nothing to wait for."""
        await asyncio.wait([settling], timeout=self._hope)
        problems = [source.problem for source in self._sources if not source.is_synced()]
        if len(problems) == len(self._sources) and all(problems):
            return "; ".join(problems) or None
        await asyncio.wait([settling], timeout=max(0.0, self._patience - self._hope))
        return None

    async def _told(
        self, selection: Selection, settling: asyncio.Task[None]
    ) -> AsyncGenerator[pb.WatchResponse]:
        board, sources = selection.board, selection.sources
        told: set[WorkerId] = set()
        async with aclosing(_until(settling, board.batches())) as early:
            async for batch in early:
                told = _still_told(told, batch)
                yield write_changes(batch, sources)
        settling.result()
        async with aclosing(board.batches()) as batches:
            whole = await anext(batches)
            gone = [uid for uid in told if board.get(uid) is None]
            yield write_changes(whole, sources, gone=gone, synced=True)
            async for batch in batches:
                yield write_changes(batch, sources)


def _still_told(told: set[WorkerId], batch: list[DiscoveryEvent]) -> set[WorkerId]:
    """Return of whom a client knows after *batch* that knew of *told* before."""
    dropped = {event.metadata.uid for event in batch if event.type == "worker-dropped"}
    return (told | {event.metadata.uid for event in batch}) - dropped


async def _until(over: asyncio.Task[None], batches: Batches) -> Batches:
    """Yield *batches* until *over* is done; none where it is already."""
    async with aclosing(batches):
        while not over.done():
            coming = asyncio.create_task(anext(batches))  # pyright: ignore[reportArgumentType]
            try:
                await asyncio.wait((coming, over), return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    return
            finally:
                coming.cancel()
                await asyncio.wait([coming])
            yield coming.result()
