"""The floor: what `grpc.aio` does with bytes, no pickling, one server process."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import grpc
import grpc.aio

from benchmarks.loops import WARM_UP_SHARE
from wool_worker.loop import new_loop

CHUNK = 256 * 1024
END = b""
READY = b"ready\n"
ITEM = b"x" * 16
OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]

# grpc ships no types for generic calls on streams of bytes.
Stream = Any


async def _ping(request: bytes, context: Stream) -> bytes:
    return request


async def _ping_pong(requests: AsyncIterator[bytes], context: Stream) -> AsyncIterator[bytes]:
    async for request in requests:
        yield request


async def _items(request: bytes, context: Stream) -> AsyncIterator[bytes]:
    for _ in range(int(request)):
        yield ITEM


async def _echo(requests: AsyncIterator[bytes], context: Stream) -> AsyncIterator[bytes]:
    async for value in _values(requests):
        for piece in chunks(value):
            yield piece
        yield END


async def _swallow(requests: AsyncIterator[bytes], context: Stream) -> AsyncIterator[bytes]:
    async for value in _values(requests):
        yield str(len(value)).encode()


async def _values(requests: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    pieces: list[bytes] = []
    async for piece in requests:
        if piece:
            pieces.append(piece)
            continue
        value = b"".join(pieces)
        pieces.clear()
        yield value


METHODS: dict[str, Any] = {
    "/raw/Ping": grpc.unary_unary_rpc_method_handler(_ping),
    "/raw/Items": grpc.unary_stream_rpc_method_handler(_items),
    "/raw/PingPong": grpc.stream_stream_rpc_method_handler(_ping_pong),
    "/raw/Echo": grpc.stream_stream_rpc_method_handler(_echo),
    "/raw/Swallow": grpc.stream_stream_rpc_method_handler(_swallow),
}


class _Methods(grpc.GenericRpcHandler):
    def service(self, handler_call_details: Stream) -> Stream:
        return METHODS.get(handler_call_details.method)


def chunks(value: object) -> Iterator[bytes]:
    """Cut *value* into the pieces a message carries."""
    view = memoryview(value).cast("B")  # type: ignore[arg-type]
    for at in range(0, len(view), CHUNK):
        yield bytes(view[at : at + CHUNK])


class RawClient:
    """Speaks to the raw server over streams that stay open."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._unary: Callable[[bytes], Awaitable[bytes]] = channel.unary_unary("/raw/Ping")
        self._ping_pong: Stream = channel.stream_stream("/raw/PingPong")()
        self._echo: Stream = channel.stream_stream("/raw/Echo")()
        self._swallow: Stream = channel.stream_stream("/raw/Swallow")()
        self._items: Stream = channel.unary_stream("/raw/Items")

    async def ping(self, value: int = 1) -> object:
        """Send one small message on the open stream and await its answer."""
        await self._ping_pong.write(ITEM)
        return await self._ping_pong.read()

    async def unary(self, value: int = 1) -> object:
        """Make one unary call."""
        return await self._unary(ITEM)

    async def pings(self, count: int) -> AsyncIterator[object]:
        """Yield *count* answers, each asked for by a message of its own."""
        for _ in range(count):
            yield await self.ping()

    async def items(self, count: int) -> AsyncIterator[object]:
        """Yield *count* messages that the server sends without being asked again."""
        async for item in self._items(str(count).encode()):
            yield item

    async def echo(self, value: object) -> bytes:
        """Send *value* in chunks, and receive it whole the same way."""
        await self._send(self._echo, value)
        pieces: list[bytes] = []
        while (piece := await self._echo.read()) != END:
            pieces.append(piece)
        return b"".join(pieces)

    async def swallow(self, value: object) -> int:
        """Send *value* in chunks; return the size the server saw."""
        await self._send(self._swallow, value)
        return int(await self._swallow.read())

    async def flood(self, seconds: float, in_flight: int) -> float:
        """Keep *in_flight* messages under way on one stream; return messages per second."""
        await self._flood(seconds * WARM_UP_SHARE, in_flight)
        return await self._flood(seconds, in_flight)

    async def close(self) -> None:
        """End the open streams, so that the server has nothing left to break off."""
        for stream in (self._ping_pong, self._echo, self._swallow):
            await stream.done_writing()
            await stream.code()

    async def _send(self, stream: Stream, value: object) -> None:
        for piece in chunks(value):
            await stream.write(piece)
        await stream.write(END)

    async def _flood(self, seconds: float, in_flight: int) -> float:
        room = asyncio.Semaphore(in_flight)
        received = 0
        start = perf_counter()

        async def write() -> None:
            while perf_counter() - start < seconds:
                await room.acquire()
                await self._ping_pong.write(ITEM)
            await self._ping_pong.write(END)

        writer = asyncio.create_task(write())
        while await self._ping_pong.read() != END:
            received += 1
            room.release()
        await writer
        return received / (perf_counter() - start)


@asynccontextmanager
async def open_raw() -> AsyncIterator[RawClient]:
    """Start a raw server process on a Unix socket, as local workers use, and connect."""
    with tempfile.TemporaryDirectory(prefix="raw-") as folder:
        address = f"unix:{Path(folder) / 'raw.sock'}"
        command = (sys.executable, "-m", "benchmarks.raw", address)
        pipe = asyncio.subprocess.PIPE
        server = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            if await server.stdout.readline() != READY:
                raise RuntimeError("the raw server did not start")
            async with grpc.aio.insecure_channel(address, options=OPTIONS) as channel:
                client = RawClient(channel)
                yield client
                await client.close()
        finally:
            server.stdin.close()
            await server.wait()


async def serve(address: str) -> None:
    """Serve on *address* until standard input ends."""
    server = grpc.aio.server(options=OPTIONS)
    server.add_generic_rpc_handlers((_Methods(),))
    server.add_insecure_port(address)
    await server.start()
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    await server.stop(grace=1.0)


if __name__ == "__main__":
    # On the loop that workers run on, so that neither side has the faster one.
    with asyncio.Runner(loop_factory=lambda: new_loop("auto")) as runner:
        runner.run(serve(sys.argv[1]))
