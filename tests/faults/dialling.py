"""Speak to a worker as a stranger does, without the client library."""

from __future__ import annotations

import asyncio
import pickle
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import grpc.aio

from wool_common import frames as f
from wool_common.channels import EOF, channel
from wool_common.convert_client import PUT_CLIENT
from wool_common.convert_worker import read_worker
from wool_common.metadata import PROTOCOL, PYTHON, VERSION
from wool_common.pickling.callables import CallableCache
from wool_common.pickling.values import dump
from wool_common.transfers import Transfers
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

HELLO = f.Hello(PROTOCOL, PYTHON, pickle.HIGHEST_PROTOCOL, "stranger:1", VERSION)
LIMIT = 10.0


async def described(address: str) -> spb.DescribeResponse:
    """Return what the worker at *address* says about itself."""
    async with channel(address) as link:
        return await sgrpc.WorkerServiceStub(link).Describe(spb.DescribeRequest())


async def idle(address: str) -> None:
    """Return once nothing runs on the worker at *address*."""
    async with asyncio.timeout(LIMIT):
        while (await described(address)).load.active:
            await asyncio.sleep(0.01)


async def stop_by_rpc(address: str, *, grace: float | None = None) -> int:
    """Ask the worker at *address* to end; return how many tasks ran there."""
    async with channel(address) as link:
        request = spb.StopRequest(grace_seconds=grace)
        return (await sgrpc.WorkerServiceStub(link).Stop(request)).active


class Stranger:
    """One session, of which every frame is said and heard by hand."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._transfers = Transfers()
        self._heard: deque[f.WorkerFrame] = deque()

    async def say(self, *frames: f.ClientFrame) -> None:
        """Say *frames* in one message."""
        request = spb.SessionRequest()
        for frame in frames:
            PUT_CLIENT[type(frame)](frame, request.frames.add(), self._transfers)
        await self.say_raw(request)

    async def say_raw(self, request: spb.SessionRequest | bytes) -> None:
        """Say what may be no valid message at all."""
        data = request if isinstance(request, bytes) else request.SerializeToString()
        await self._stream.write(data)

    async def hear(self, *, but: tuple[type[Any], ...] = (f.Load,)) -> f.WorkerFrame:
        """Return the next frame that is none of those in *but*."""
        async with asyncio.timeout(LIMIT):
            while True:
                while not self._heard:
                    response = await self._stream.read()
                    if response is EOF:
                        raise EOFError(await self._stream.code())
                    self._heard.extend(read_worker(m, self._transfers) for m in response.frames)
                frame = self._heard.popleft()
                if not isinstance(frame, but):
                    return frame

    async def end(self) -> tuple[grpc.StatusCode, str]:
        """Return how the worker ended the session, hearing the rest of what it says."""
        async with asyncio.timeout(LIMIT):
            try:
                while await self._stream.read() is not EOF:
                    pass
            except grpc.aio.AioRpcError:
                pass
            return await self._stream.code(), await self._stream.details()

    async def finish(self) -> None:
        """Say that nothing more will be said."""
        await self._stream.done_writing()

    async def define(self, number: int, fn: Callable[..., object]) -> None:
        """Tell the worker of a callable."""
        definition = CallableCache().define(fn)
        await self.say(f.Define(number, definition.payload, definition.tag))


def start(task: int, *args: object, callable: int = 1, stream: bool = False) -> f.Start:
    """Return a request to run a callable, of no pool, with *args*."""
    nothing: dict[str, object] = {}
    payload = dump((args, nothing), root="call")
    return f.Start(task, task.to_bytes(16), callable, 0, payload, stream=stream)


def raw_stream(link: grpc.aio.Channel) -> Any:
    """Open a stream on which bytes are sent as they are."""

    def same(data: bytes) -> bytes:
        return data

    method = "/wool.worker.v1.WorkerService/Session"
    return cast(Any, link).stream_stream(method, same, spb.SessionResponse.FromString)()


@asynccontextmanager
async def stranger(address: str, hello: f.Hello | None = HELLO) -> AsyncGenerator[Stranger]:
    """Open a session with the worker at *address*; None opens it without a greeting."""
    async with channel(address) as link:
        opened = raw_stream(link)
        one = Stranger(opened)
        if hello is not None:
            await one.say(hello)
            assert isinstance(await one.hear(), f.Welcome | f.Turned)
        yield one
        opened.cancel()
