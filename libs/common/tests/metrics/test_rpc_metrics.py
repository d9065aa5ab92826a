"""Remote calls are counted on both sides, whichever of the four shapes they have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import grpc
import grpc.aio
import pytest

from wool_common.channels import EOF, channel, server
from wool_common.metrics.names import GO_CODES, RPC_CLIENT, RPC_SERVER
from wool_common.metrics.numbers import Counts
from wool_common.metrics.rpc import Method, Rpcs, methods_of
from wool_common.metrics.rpc_client import CountingChannel
from wool_common.metrics.rpc_server import CountingInterceptor
from wool_protocol.worker.v1 import service_pb2

SERVICE = "test.Shapes"
GONE = asyncio.Event


class Shapes:
    """Answers calls of each shape; what is sent says how."""

    def __init__(self) -> None:
        self.waits = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def unary(self, request: bytes, context: Any) -> bytes:
        """Answer, or fail as asked."""
        match request:
            case b"abort":
                await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "full")
            case b"raise":
                raise LookupError("a defect")
            case b"code":
                context.set_code(grpc.StatusCode.NOT_FOUND)
            case b"wait":
                await self._wait()
            case _:
                pass
        return request

    async def server_stream(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        """Yield each byte."""
        for byte in request:
            yield bytes([byte])
        if request == b"wait":
            await self._wait()

    async def client_stream(self, requests: AsyncIterator[bytes], context: Any) -> bytes:
        """Join what comes."""
        return b"".join([request async for request in requests])

    async def bidi_stream(self, requests: object, context: Any) -> None:
        """Answer each message by its own, with the context's read and write."""
        while (request := await context.read()) is not EOF:
            if request == b"wait":
                await self._wait()
            await context.write(request)

    async def _wait(self) -> None:
        self.waits.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    def handlers(self) -> grpc.GenericRpcHandler:
        """Return what a server is to have."""
        made: dict[str, Any] = {
            "unary": grpc.unary_unary_rpc_method_handler(self.unary),
            "server_stream": grpc.unary_stream_rpc_method_handler(self.server_stream),
            "client_stream": grpc.stream_unary_rpc_method_handler(self.client_stream),
            "bidi_stream": grpc.stream_stream_rpc_method_handler(self.bidi_stream),
        }
        return grpc.method_handlers_generic_handler(SERVICE, made)


class Both:
    """A server and a channel to it, with what was counted on each side."""

    def __init__(self, channel: Any, shapes: Shapes, served: Rpcs, asked: Rpcs) -> None:
        self.channel = channel
        self.shapes = shapes
        self.served = served
        self.asked = asked

    def call(self, shape: str) -> Any:
        """Return what calls the method of that *shape*."""
        words = {"unary": "unary_unary", "server_stream": "unary_stream"}
        words |= {"client_stream": "stream_unary", "bidi_stream": "stream_stream"}
        return getattr(self.channel, words[shape])(f"/{SERVICE}/{shape}")

    async def counted(self, shape: str) -> list[tuple[dict[str, int], int, int]]:
        """Return statuses, messages received and sent, of server and client, once all ended."""
        async with asyncio.timeout(5):
            while any(told(rpcs, shape)[3] for rpcs in (self.served, self.asked)):
                await asyncio.sleep(0)
        return [told(rpcs, shape)[:3] for rpcs in (self.served, self.asked)]


def told(rpcs: Rpcs, shape: str) -> tuple[dict[str, int], int, int, int]:
    """Return what *rpcs* tells of one method: statuses, received, sent, and how many run."""
    started, handled, received, sent, seconds = (cast(Any, r.values) for r in rpcs.read())
    method = (shape, SERVICE, shape)
    codes = {key[3]: int(n) for key, n in handled.items() if key[:3] == method and n}
    running = int(started.get(method, 0)) - sum(codes.values())
    took: Counts | None = seconds.get(method)
    assert took is None or sum(took.counts) == sum(codes.values())
    return codes, int(received.get(method, 0)), int(sent.get(method, 0)), running


@asynccontextmanager
async def opened() -> AsyncGenerator[Both]:
    """Serve the four shapes and dial them."""
    shapes, served, asked = Shapes(), Rpcs(RPC_SERVER), Rpcs(RPC_CLIENT)
    serving = server((), [CountingInterceptor(served)])
    serving.add_generic_rpc_handlers((shapes.handlers(),))
    port = serving.add_insecure_port("127.0.0.1:0")
    await serving.start()
    try:
        async with CountingChannel(channel(f"127.0.0.1:{port}"), asked) as counted:
            yield Both(counted, shapes, served, asked)
    finally:
        await serving.stop(0)


async def unary(both: Both) -> object:
    return await both.call("unary")(b"abc")


async def server_stream(both: Both) -> object:
    return b"".join([part async for part in both.call("server_stream")(b"abc")])


async def client_stream(both: Both) -> object:
    return await both.call("client_stream")(iter([b"a", b"b", b"c"]))


async def async_client_stream(both: Both) -> object:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"a", b"b", b"c"):
            yield part

    return await both.call("client_stream")(parts())


async def bidi_stream(both: Both) -> object:
    call = both.call("bidi_stream")()
    answers: list[bytes] = []
    for part in (b"a", b"b", b"c"):
        await call.write(part)
        answers.append(await call.read())
    await call.done_writing()
    assert await call.read() is EOF
    return b"".join(answers)


@pytest.mark.parametrize(
    ("ask", "shape", "requests", "responses"),
    [
        (unary, "unary", 1, 1),
        (server_stream, "server_stream", 1, 3),
        (client_stream, "client_stream", 3, 1),
        (async_client_stream, "client_stream", 3, 1),
        (bidi_stream, "bidi_stream", 3, 3),
    ],
)
async def test_every_shape_is_counted_on_both_sides(
    ask: Callable[[Both], Awaitable[object]], shape: str, requests: int, responses: int
) -> None:
    """One call is one call, with its messages, and what it carries arrives as without us."""
    async with opened() as both:
        answer = await ask(both)

        served, asked = await both.counted(shape)

    assert answer == b"abc"
    assert served == ({"OK": 1}, requests, responses)
    assert asked == ({"OK": 1}, responses, requests)


@pytest.mark.parametrize(
    ("request_", "code", "status"),
    [
        (b"abort", "ResourceExhausted", grpc.StatusCode.RESOURCE_EXHAUSTED),
        (b"raise", "Unknown", grpc.StatusCode.UNKNOWN),
        (b"code", "NotFound", grpc.StatusCode.NOT_FOUND),
    ],
)
async def test_failures_count_by_their_status(
    request_: bytes, code: str, status: grpc.StatusCode
) -> None:
    """The status is the one the client gets, in Go's spelling."""
    async with opened() as both:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await both.call("unary")(request_)

        served, asked = await both.counted("unary")

    assert raised.value.code() is status
    assert (served[0], asked[0]) == ({code: 1}, {code: 1})


@pytest.mark.parametrize("shape", ["unary", "server_stream", "bidi_stream"])
async def test_a_cancellation_counts_as_canceled_and_passes_through(shape: str) -> None:
    """The method is cancelled as without us, and so is who waits for it."""
    async with opened() as both:
        if shape == "bidi_stream":
            call = both.call(shape)()
            await call.write(b"wait")
            waiting = asyncio.ensure_future(call.read())
        else:
            call = both.call(shape)(b"wait")
            waiting = asyncio.ensure_future(
                call if shape == "unary" else _drained(cast("AsyncIterator[bytes]", call))
            )
        await both.shapes.waits.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await both.shapes.cancelled.wait()

        served, asked = await both.counted(shape)

    assert (served[0], asked[0]) == ({"Canceled": 1}, {"Canceled": 1})


async def test_a_call_that_runs_has_started_and_not_ended() -> None:
    """What a stream has carried is told while it is open."""
    async with opened() as both:
        call = both.call("bidi_stream")()
        await call.write(b"a")
        await call.read()

        async with asyncio.timeout(5):  # the answer is here before its writer knows
            for rpcs in (both.served, both.asked):
                while told(rpcs, "bidi_stream") != ({}, 1, 1, 1):
                    await asyncio.sleep(0)
        await call.done_writing()
        await call.read()
        ended = await both.counted("bidi_stream")

    assert [codes for codes, *_ in ended] == [{"OK": 1}, {"OK": 1}]


def test_known_methods_are_told_from_the_start() -> None:
    """Every method is there with every status at 0, so that the first failure is seen."""
    methods = methods_of(service_pb2.DESCRIPTOR.services_by_name["WorkerService"])

    started, handled, *_ = Rpcs(RPC_SERVER, methods).read()

    service = "wool.worker.v1.WorkerService"
    assert set(started.values) == {
        Method("bidi_stream", service, "Session"),
        Method("unary", service, "Describe"),
        Method("unary", service, "Stop"),
    }
    assert set(started.values.values()) == {0.0}
    assert len(handled.values) == 3 * len(GO_CODES)
    assert len(GO_CODES) == len(grpc.StatusCode)


def test_codes_are_spelled_as_go_does() -> None:
    """Each of gRPC's codes stands at its number, in capitals for words."""
    for code in grpc.StatusCode:
        number = int(cast("tuple[int, str]", code.value)[0])
        spelled = code.name.title().replace("_", "").replace("Cancelled", "Canceled")
        assert GO_CODES[number] == ("OK" if number == 0 else spelled)


async def _drained(call: AsyncIterator[bytes]) -> list[bytes]:
    return [part async for part in call]
