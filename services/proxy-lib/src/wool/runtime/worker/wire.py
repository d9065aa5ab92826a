"""Carry a session's frames over gRPC."""

from __future__ import annotations

import asyncio
import os
import pickle
import platform
from collections.abc import Callable
from typing import Any, cast

import grpc
import grpc.aio

from wool_common import frames as f
from wool_common.channels import EOF, channel
from wool_common.convert_client import PUT_CLIENT
from wool_common.convert_worker import read_worker
from wool_common.credentials import CredentialsLike
from wool_common.errors import (
    ProtocolViolation,
    StatusCode,
    TransientRpcError,
    VersionMismatch,
    WoolError,
    WorkerLost,
)
from wool_common.metadata import PROTOCOL, PYTHON, VERSION, WorkerMetadata
from wool_common.outbox import Outbox
from wool_common.pickling.values import Parcel
from wool_common.rpc import translated
from wool_common.transfers import Transfers
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

WELCOME_SECONDS = 20.0
"""What a worker has to answer Hello before it counts as unreachable."""


class GrpcWire:
    """One stream to one worker; lives on the loop that calls `run`."""

    def __init__(self, address: str, credentials: CredentialsLike | None = None) -> None:
        self._address = address
        self._uid = ""
        self._credentials = credentials
        self._transfers = Transfers()
        self._outbox = Outbox(spb.SessionRequest, PUT_CLIENT, self._transfers)

    def say(self, frame: f.ClientFrame, *, alone: bool = False) -> None:
        """Queue *frame* for the worker; *alone* where nothing else is about to be said."""
        self._outbox.say(frame, alone=alone)

    def abandon(self, parcel: Parcel) -> None:
        """Send no further piece of *parcel*."""
        self._transfers.abandon(parcel)

    def unsaid(self) -> list[f.Frame]:
        """Return, and forget, what was never handed to the transport."""
        return self._outbox.unsaid()

    @property
    def congested(self) -> bool:
        """True while writers should wait for `room`."""
        return self._outbox.congested

    async def room(self) -> None:
        """Wait until what waits to be said is less than the high-water mark."""
        await self._outbox.room()

    def finish(self) -> None:
        """Close this side once everything has been said; the worker then ends the stream."""
        self._outbox.close()

    async def _pump(self, stream: Any) -> None:
        await self._outbox.pump(stream.write)
        await stream.done_writing()

    async def run(
        self,
        opening: Callable[[WorkerMetadata], f.OpenPool],
        welcome: Callable[[WorkerMetadata], None],
        receive: Callable[[f.WorkerFrame], None],
    ) -> None:
        """
        Open the stream and carry frames until it ends.

        Returns when the worker ends the session in good order. *opening* may raise where
        the worker that answers is not the one to talk to, which is told nothing then.

        Raises:
            VersionMismatch: the worker turned this client away.
            RpcError: the worker cannot be reached any more.
            ProtocolViolation: the worker broke the conversation's table.
        """
        link = channel(self._address, self._credentials)
        try:
            stub = sgrpc.WorkerServiceStub(link)
            stream = cast(Any, stub.Session())
            await self._carry(stream, opening, welcome, receive)
        except grpc.aio.AioRpcError as exc:
            raise translated(exc, self._address, self._credentials) from exc
        finally:
            reason = "the session ended before the whole value had come"
            self._transfers.fail(WorkerLost(self._uid, self._address, reason))
            await link.close()

    async def _carry(
        self,
        stream: Any,
        opening: Callable[[WorkerMetadata], f.OpenPool],
        welcome: Callable[[WorkerMetadata], None],
        receive: Callable[[f.WorkerFrame], None],
    ) -> None:
        self._outbox.say(hello())
        pump = asyncio.create_task(self._pump(stream), name="wool-wire-pump")
        hearing = self._hear(stream, opening, welcome, receive)
        reading = asyncio.create_task(hearing, name="wool-wire-read")
        try:
            await asyncio.wait([reading, pump], return_when=asyncio.FIRST_COMPLETED)
            # Where the stream has ended, reading tells why.
            if not reading.done() and not stream.done() and (failure := failed(pump)):
                raise WoolError(f"nothing can be said to {self._address}: {failure}") from failure
            await reading
        finally:
            for task in (pump, reading):
                task.cancel()
            stream.cancel()
            await asyncio.wait([pump, reading])
            for task in (pump, reading):
                failed(task)  # or asyncio would complain that nobody has asked

    async def _hear(
        self,
        stream: Any,
        opening: Callable[[WorkerMetadata], f.OpenPool],
        welcome: Callable[[WorkerMetadata], None],
        receive: Callable[[f.WorkerFrame], None],
    ) -> None:
        try:
            async with asyncio.timeout(WELCOME_SECONDS):
                response = await stream.read()
        except TimeoutError:
            raise TransientRpcError(
                StatusCode.DEADLINE_EXCEEDED,
                f"no answer to Hello within {WELCOME_SECONDS} s",
                address=self._address,
            ) from None
        welcomed = False
        read, feed, transfers = stream.read, self._transfers.feed, self._transfers
        while response is not EOF:
            if response is None:  # gRPC has logged why
                raise ProtocolViolation(f"what {self._address} said is no message")
            for message in response.frames:
                frame = read_worker(message, transfers)
                if type(frame) is f.Chunk:
                    feed(frame)
                elif welcomed:
                    receive(frame)
                else:
                    metadata = greeted(frame, self._address)
                    welcomed = True
                    self._uid = metadata.uid
                    self._outbox.say(opening(metadata))
                    welcome(metadata)
            response = await read()
        # The stream has ended; its status tells whether in good order.
        if await stream.code() is not grpc.StatusCode.OK:
            raise grpc.aio.AioRpcError(
                await stream.code(),
                await stream.initial_metadata(),
                await stream.trailing_metadata(),
                await stream.details(),
            )


def failed(task: asyncio.Task[None]) -> BaseException | None:
    """Return what *task* has ended with, if it has."""
    return task.exception() if task.done() and not task.cancelled() else None


def greeted(frame: f.WorkerFrame, address: str) -> WorkerMetadata:
    """Return who welcomed this client, or say why it was turned away."""
    if isinstance(frame, f.Welcome):
        return frame.metadata
    if isinstance(frame, f.Turned):
        raise VersionMismatch(f"the worker at {address} turned this client away: {frame.details}")
    raise ProtocolViolation(f"{address} answered Hello with {type(frame).__name__}")


def hello() -> f.Hello:
    """Return the first frame of a session."""
    client = f"{platform.node()}:{os.getpid()}"
    return f.Hello(PROTOCOL, PYTHON, pickle.HIGHEST_PROTOCOL, client, VERSION)
