"""Ask a worker what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import grpc.aio

from wool_common.channels import channel
from wool_common.convert_values import unpack_metadata
from wool_common.credentials import CredentialsLike
from wool_common.errors import RpcError, StatusCode
from wool_common.frames import Load
from wool_common.metadata import WorkerMetadata
from wool_common.rpc import translated
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

DESCRIBE_SECONDS: Final = 5.0
"""What a worker has to answer before it counts as unreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallies:
    """
    What a worker has counted since it began to serve.

    *ended* goes by outcome, *refused* by reason. *counts* are the tasks that took at most
    the seconds of each of *bounds*, and more than those of the one before; the last are
    those that took longer than all bounds.
    """

    ended: Mapping[str, int]
    refused: Mapping[str, int]
    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """
    What a worker is at the moment it was asked; *uptime* and *idle* are in seconds.

    *tallies* is None where the worker does not count.
    """

    metadata: WorkerMetadata
    load: Load
    uptime: float
    idle: float
    draining: bool
    versions: Mapping[str, str]
    tallies: Tallies | None = None


class Inquiry:
    """
    Asks the worker at *address*, any number of times, over one connection.

    Lives on the running event loop; `aclose` ends the connection.
    """

    def __init__(self, address: str, credentials: CredentialsLike | None = None) -> None:
        self.address = address
        self._credentials = credentials
        self._link = channel(address, credentials)
        self._stub = sgrpc.WorkerServiceStub(self._link)

    async def ask(self, timeout: float = DESCRIBE_SECONDS) -> Description:
        """
        Return what the worker says about itself.

        Its metadata bears the address that was dialled, whatever it says of that itself.

        Raises:
            TransientRpcError: it could not be reached within *timeout* seconds;
                HandshakeError where TLS could not be agreed on.
            RpcError: what answers there is no worker.
        """
        try:
            answer = await self._stub.Describe(spb.DescribeRequest(), timeout=timeout)
        except grpc.aio.AioRpcError as exc:
            raise translated(exc, self.address, self._credentials) from exc
        return read_description(answer, self.address)

    async def aclose(self) -> None:
        """End the connection; may be called twice."""
        await self._link.close()


async def describe(
    address: str,
    credentials: CredentialsLike | None = None,
    timeout: float = DESCRIBE_SECONDS,
) -> Description:
    """Ask the worker at *address* once, as `Inquiry.ask` does."""
    inquiry = Inquiry(address, credentials)
    try:
        return await inquiry.ask(timeout)
    finally:
        await inquiry.aclose()


def read_description(answer: spb.DescribeResponse, address: str) -> Description:
    """
    Return what *answer*, which came from *address*, says.

    Raises:
        RpcError: it names no worker.
    """
    if not answer.metadata.uid:
        problem = "what answers there does not say which worker it is"
        raise RpcError(StatusCode.DATA_LOSS, problem, address=address)
    return Description(
        metadata=replace(unpack_metadata(answer.metadata), address=address),
        load=Load(answer.load.active, answer.load.waiting),
        uptime=answer.uptime_seconds,
        idle=answer.idle_seconds,
        draining=answer.draining,
        versions=dict(answer.versions),
        tallies=_tallies(answer.tallies) if answer.HasField("tallies") else None,
    )


def _tallies(counted: spb.Tallies) -> Tallies:
    took = counted.task_seconds
    return Tallies(
        ended=dict(counted.ended),
        refused=dict(counted.refused),
        bounds=tuple(took.bounds),
        counts=tuple(took.counts),
        seconds=took.sum,
    )
