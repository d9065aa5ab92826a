"""Follow what a discovery service tells."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, cast

import grpc.aio

from wool_common.channels import channel
from wool_common.convert_values import unpack_metadata
from wool_common.credentials import CredentialsLike
from wool_common.discovery.following import Board
from wool_common.errors import DiscoveryError, RpcError
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.rpc import translated
from wool_protocol.discovery.v1 import discovery_pb2 as pb
from wool_protocol.discovery.v1 import discovery_pb2_grpc as dgrpc

log = logging.getLogger("wool")

PAUSES: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before a service that went away is asked again, give or take half; the last repeats."""


class Place(NamedTuple):
    """Where a service listens, and what it is shown."""

    address: str
    credentials: CredentialsLike | None


Way = Callable[[], Awaitable[Place]]
"""Finds a service, starting it where that is to be done; DiscoveryError where it cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which workers are asked for; what is empty does not restrict."""

    network: str = ""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    namespace: str = ""

    def request(self) -> pb.WatchRequest:
        """Return it as the service wants to hear it."""
        return pb.WatchRequest(
            network=self.network, labels=dict(self.labels), namespace=self.namespace
        )


class Watch:
    """
    Keeps a *board* up to date with what a service tells of the workers in a *wish*.

    A service that goes away is asked again; until it has told all there is, what was known
    stays. With *patient* that holds for the first time, too.
    """

    def __init__(
        self,
        way: Way,
        wish: Wish,
        board: Board,
        *,
        patient: bool,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._way = way
        self._wish = wish
        self._board = board
        self._patient = patient
        self._pauses = pauses
        self._failures = 0

    async def run(self) -> None:
        """
        Follow until cancelled.

        Raises:
            DiscoveryError: there is no service, where that was not to be borne.
        """
        while True:
            try:
                await self._follow(await self._way())
                problem = "it ended the stream"
            except RpcError as exc:
                problem = str(exc)
            except DiscoveryError as exc:
                if not self._patient:
                    raise
                problem = str(exc)
            self._failures += 1
            log.log(
                logging.WARNING if self._failures == 1 else logging.DEBUG,
                "the discovery service cannot be followed (%s); known workers are kept, and it"
                " is asked again",
                problem,
            )
            pause = self._pauses[min(self._failures, len(self._pauses)) - 1]
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    async def _follow(self, place: Place) -> None:
        link = channel(place.address, place.credentials)
        try:
            stub = dgrpc.DiscoveryServiceStub(link)
            stream = cast(Any, stub.Watch(self._wish.request()))
            await self._take_in(stream)
        except grpc.aio.AioRpcError as exc:
            raise translated(exc, place.address, place.credentials) from exc
        finally:
            await link.close()

    async def _take_in(self, stream: Any) -> None:
        board = self._board
        told: dict[WorkerId, WorkerMetadata] = {}
        synced = False
        response: pb.WatchResponse
        async for response in stream:
            for change in response.changes:
                if change.WhichOneof("kind") == "present":
                    worker = unpack_metadata(change.present.metadata)
                    told[worker.uid] = worker
                    board.put(worker)
                else:
                    told.pop(WorkerId(change.dropped), None)
                    board.drop(WorkerId(change.dropped))
            if response.synced and not synced:
                synced = True
                if self._failures:
                    log.info("the discovery service is followed again")
                self._failures = 0
                self._patient = True
                board.replace(told.values())
