"""The owner of a worker keeps a session with it, and leaves in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc.aio

from wool.runtime.worker.docker_presence import attend
from wool_common.channels import EOF, server
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc


class Greeting(sgrpc.WorkerServiceServicer):
    """A worker that drains when it is told to, and notes who comes and leaves."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self.left = asyncio.Event()
        self.drain = asyncio.Event()
        self.first: list[str | None] = []

    async def Session(  # noqa: N802
        self, request_iterator: object, context: grpc.aio.ServicerContext[Any, Any]
    ) -> None:
        """Hear Hello, and say Draining once that is so."""
        request = await context.read()
        self.first = [frame.WhichOneof("kind") for frame in request.frames]
        self.came.set()
        await self.drain.wait()
        response = spb.SessionResponse()
        response.frames.add().draining.SetInParent()
        await context.write(response)
        if await context.read() is EOF:
            self.left.set()


@asynccontextmanager
async def greeting(folder: Path) -> AsyncGenerator[tuple[Greeting, str]]:
    """Serve on a socket in *folder*."""
    worker, address = Greeting(), f"unix:{folder / 's'}"
    made = server()
    sgrpc.add_WorkerServiceServicer_to_server(worker, made)
    made.add_insecure_port(address)
    await made.start()
    try:
        yield worker, address
    finally:
        await made.stop(0)


async def test_who_attends_leaves_when_the_worker_drains(place: Path) -> None:
    """Hello is all that is said, and the worker's end is not held up."""
    async with greeting(place) as (worker, address):
        attending = asyncio.create_task(attend(address, None))
        async with asyncio.timeout(20):
            await worker.came.wait()
            assert worker.first == ["hello"]
            assert not attending.done()

            worker.drain.set()
            await attending


async def test_who_attends_tries_again(place: Path) -> None:
    """A worker that cannot be reached is for others to notice."""
    attending = asyncio.create_task(attend(f"unix:{place / 's'}", None, pauses=(0.01,)))
    done, _ = await asyncio.wait([attending], timeout=0.2)
    assert not done

    async with greeting(place) as (worker, _):
        async with asyncio.timeout(20):
            await worker.came.wait()
        attending.cancel()
        await asyncio.wait([attending])
