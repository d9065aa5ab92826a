"""Count the calls that a channel makes."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

import grpc
import grpc.aio

from wool_common.channels import EOF
from wool_common.metrics.rpc import OK, UNKNOWN, Method, RpcCall, Rpcs, method_of


class CountingChannel(grpc.aio.Channel):
    """
    A channel that counts its calls, whichever of the four shapes they have.

    Not an interceptor of gRPC's: with one, what is written to a stream waits in a queue of
    its own, and nobody can tell any more what was handed to the transport.
    """

    def __init__(self, channel: grpc.aio.Channel, rpcs: Rpcs) -> None:
        self._channel: Any = channel
        self._rpcs = rpcs

    async def __aenter__(self) -> Self:
        await self._channel.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        """Close it."""
        await self._channel.__aexit__(exc_type, exc_val, exc_tb)

    async def close(self, grace: float | None = None) -> None:
        """Close it."""
        await self._channel.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Return how it is connected."""
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Return when that has changed."""
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Return when it is connected."""
        await self._channel.channel_ready()

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return what calls *method*."""
        return self._counted("unary_unary", method, args, kwargs)

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return what calls *method*."""
        return self._counted("unary_stream", method, args, kwargs)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return what calls *method*."""
        return self._counted("stream_unary", method, args, kwargs)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return what calls *method*."""
        return self._counted("stream_stream", method, args, kwargs)

    def _counted(self, shape: str, path: str, args: tuple[Any, ...], kwargs: Any) -> Any:
        made = getattr(self._channel, shape)(path, *args, **kwargs)
        streams_in, streams_out = (part == "stream" for part in shape.split("_"))
        method = method_of(path, streams_in=streams_in, streams_out=streams_out)
        return CountingCallable(
            made, self._rpcs, method, streams_in=streams_in, streams_out=streams_out
        )


class CountingCallable:
    """Begins calls of one *method* and counts them."""

    def __init__(
        self,
        make: Callable[..., Any],
        rpcs: Rpcs,
        method: Method,
        *,
        streams_in: bool,
        streams_out: bool,
    ) -> None:
        self._make = make
        self._rpcs = rpcs
        self._method = method
        self._streams_in = streams_in
        self._streams_out = streams_out

    def __call__(self, request: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Begin a call; takes and returns what gRPC's own does."""
        counted = self._rpcs.begin(self._method)
        if not self._streams_in:
            counted.sent += 1
        elif request is not None:
            request = counted_requests(counted, request)
        try:
            call = self._make(request, *args, **kwargs)
        except BaseException:
            counted.end(UNKNOWN)
            raise
        unary_out = not self._streams_out

        def done(_: object) -> None:
            code = code_of(call)
            counted.received += unary_out and code == OK
            counted.end(code)

        call.add_done_callback(done)
        return CountedCall(counted, call) if self._streams_in or self._streams_out else call


class CountedCall:
    """A call with a stream, of which reads and writes are counted."""

    def __init__(self, counted: RpcCall, call: Any) -> None:
        self._counted = counted
        self._call = call

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)

    def __await__(self) -> Any:
        return self._call.__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for response in self._call:
            self._counted.received += 1
            yield response

    async def read(self) -> Any:
        """Return the next response."""
        response = await self._call.read()
        if response is not EOF:
            self._counted.received += 1
        return response

    async def write(self, request: Any) -> None:
        """Send *request*."""
        await self._call.write(request)
        self._counted.sent += 1


def counted_requests(
    counted: RpcCall, requests: AsyncIterable[Any] | Iterable[Any]
) -> AsyncIterable[Any] | Iterable[Any]:
    """Return *requests*, counted as they are taken."""
    if isinstance(requests, AsyncIterable):
        return _async_requests(counted, requests)
    return _requests(counted, requests)


async def _async_requests(counted: RpcCall, requests: AsyncIterable[Any]) -> AsyncIterator[Any]:
    async for request in requests:
        counted.sent += 1
        yield request


def _requests(counted: RpcCall, requests: Iterable[Any]) -> Iterator[Any]:
    for request in requests:
        counted.sent += 1
        yield request


def code_of(call: Any) -> int:
    """Return the status of a *call* that is over."""
    # gRPC offers it to those who await; of a call that is over it comes without waiting.
    asking = call.code()
    try:
        asking.send(None)
    except StopIteration as found:
        return int(found.value.value[0])
    except BaseException:  # noqa: BLE001 - whatever is wrong with it, it is not known
        return UNKNOWN
    asking.close()
    return UNKNOWN
