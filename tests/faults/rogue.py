"""A worker that says what it is told to, whether the conversation allows it or not."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import grpc

import wool
from wool_common import frames as f
from wool_common.channels import server
from wool_common.convert_client import read_client
from wool_common.convert_worker import PUT_WORKER
from wool_common.transfers import Transfers
from wool_protocol.worker.v1 import service_pb2 as spb

SERVICE = "wool.worker.v1.WorkerService"


class Talk:
    """The rogue's side of one session."""

    def __init__(self, rogue: Rogue, context: Any) -> None:
        self.context = context
        self._rogue = rogue
        self._transfers = Transfers()
        self._heard: list[f.ClientFrame] = []

    async def welcome(self) -> None:
        """Answer Hello as one should."""
        assert isinstance(await self.hear(), f.Hello)
        assert self._rogue.metadata is not None
        await self.say(f.Welcome(self._rogue.metadata))

    async def started(self) -> int:
        """Return the number of the next task."""
        while not isinstance(frame := await self.hear(), f.Start):
            pass
        return frame.task

    async def hear(self) -> f.ClientFrame:
        """Return what the client says next."""
        while not self._heard:
            request = spb.SessionRequest.FromString(await self.context.read())
            self._heard = [read_client(m, self._transfers) for m in request.frames]
        return self._heard.pop(0)

    async def say(self, *frames: f.WorkerFrame) -> None:
        """Say *frames* in one message."""
        response = spb.SessionResponse()
        for frame in frames:
            PUT_WORKER[type(frame)](frame, response.frames.add(), self._transfers)
        await self.say_raw(response.SerializeToString())

    async def say_raw(self, data: bytes) -> None:
        """Say what may be no valid message at all."""
        await self.context.write(data)


class Rogue(wool.Worker):
    """A worker in this process whose sessions go as *script* says."""

    def __init__(self, script: Callable[[Talk], Awaitable[None]]) -> None:
        super().__init__()
        self.sessions = 0
        self._script = script
        self._folder = tempfile.TemporaryDirectory(prefix="wr-", dir="/tmp")
        self._server = server()

    async def _start(self, timeout: float | None) -> wool.WorkerMetadata:
        address = f"unix:{Path(self._folder.name) / 'w'}"
        handler = cast(Any, grpc).stream_stream_rpc_method_handler(self._serve)
        handlers = grpc.method_handlers_generic_handler(SERVICE, {"Session": handler})
        self._server.add_generic_rpc_handlers((handlers,))
        self._server.add_insecure_port(address)
        await self._server.start()
        return wool.WorkerMetadata(uid=self.uid, address=address)

    async def _stop(self, grace: float | None, timeout: float | None) -> None:
        await self._server.stop(0)
        self._folder.cleanup()

    async def _serve(self, _requests: object, context: Any) -> None:
        self.sessions += 1
        await self._script(Talk(self, context))


async def for_ever() -> None:
    """Keep a session open."""
    await asyncio.get_running_loop().create_future()
