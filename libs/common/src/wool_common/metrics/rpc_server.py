"""Count the calls that a server answers."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, cast

import grpc
import grpc.aio

from wool_common.channels import EOF
from wool_common.metrics.rpc import CANCELED, OK, UNKNOWN, Method, RpcCall, Rpcs, method_of

MAKERS: Any = {
    (False, False): grpc.unary_unary_rpc_method_handler,
    (False, True): grpc.unary_stream_rpc_method_handler,
    (True, False): grpc.stream_unary_rpc_method_handler,
    (True, True): grpc.stream_stream_rpc_method_handler,
}


class CountingInterceptor(grpc.aio.ServerInterceptor):
    """
    Counts every call of a server, whichever of the four shapes it has.

    What a method raises, a cancellation too, passes through untouched. Methods that are not
    async are left alone.
    """

    def __init__(self, rpcs: Rpcs) -> None:
        self._rpcs = rpcs

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Return what answers the call, with a counter around it."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        streams = bool(handler.request_streaming), bool(handler.response_streaming)
        names = ("stream" if streams[0] else "unary", "stream" if streams[1] else "unary")
        answer = getattr(handler, "_".join(names))
        method = method_of(
            handler_call_details.method, streams_in=streams[0], streams_out=streams[1]
        )
        counted = self._counted(answer, method, streams_in=streams[0])
        if counted is None:
            return handler
        return MAKERS[streams](
            counted,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _counted(self, answer: Any, method: Method, *, streams_in: bool) -> Any:
        """Return *answer* with a counter around it, of the same kind; None where it is not async."""
        counting = Counting(self._rpcs, method, streams_in=streams_in)
        if inspect.isasyncgenfunction(answer):

            async def yielding(request: Any, context: Any) -> AsyncIterator[Any]:
                async with aclosing(counting.yielded(answer, request, context)) as values:
                    async for value in values:
                        yield value

            return yielding
        if inspect.iscoroutinefunction(answer):

            async def returning(request: Any, context: Any) -> Any:
                return await counting.returned(answer, request, context)

            return returning
        return None


class Counting:
    """Answers calls of one *method* and counts them."""

    def __init__(self, rpcs: Rpcs, method: Method, *, streams_in: bool) -> None:
        self._rpcs = rpcs
        self._method = method
        self._streams_in = streams_in
        self._unary_out = method.type in ("unary", "client_stream")

    async def returned(self, answer: Any, request: Any, context: Any) -> Any:
        """Answer by a coroutine function, which may also write to the *context*."""
        call = self._rpcs.begin(self._method)
        code = UNKNOWN
        try:
            response = await answer(*self._seen(call, request, context))
            code = _code(context, OK)
        except asyncio.CancelledError:
            code = CANCELED
            raise
        except BaseException:
            code = _code(context, OK) or UNKNOWN
            raise
        else:
            call.sent += self._unary_out
            return response
        finally:
            call.end(code)

    async def yielded(self, answer: Any, request: Any, context: Any) -> AsyncGenerator[Any, None]:
        """Answer by an async generator function."""
        call = self._rpcs.begin(self._method)
        code = CANCELED  # who closes this has lost interest
        try:
            async with aclosing(answer(*self._seen(call, request, context))) as values:
                async for value in values:
                    call.sent += 1
                    yield value
            code = _code(context, OK)
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException:
            code = _code(context, OK) or UNKNOWN
            raise
        finally:
            call.end(code)

    def _seen(self, call: RpcCall, request: Any, context: Any) -> tuple[Any, Any]:
        """Return what the method gets, so that its messages are counted."""
        if self._streams_in:
            return CountedRequests(call, request), CountedContext(call, context)
        call.received += 1
        return request, CountedContext(call, context)


class CountedRequests:
    """The requests of a stream, counted as they come."""

    def __init__(self, call: RpcCall, requests: AsyncIterator[Any]) -> None:
        self._call = call
        self._requests = requests

    def __aiter__(self) -> CountedRequests:
        return self

    async def __anext__(self) -> Any:
        request = await self._requests.__anext__()
        self._call.received += 1
        return request


class CountedContext:
    """A call's context, of which reads and writes are counted."""

    def __init__(self, call: RpcCall, context: Any) -> None:
        self._call = call
        self._context = context
        self._read = context.read
        self._write = context.write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def read(self) -> Any:
        """Return the next request."""
        request = await self._read()
        if request is not EOF:
            self._call.received += 1
        return request

    async def write(self, message: Any) -> None:
        """Send *message*."""
        await self._write(message)
        self._call.sent += 1


def _code(context: Any, unset: int) -> int:
    """Return the status that was set, *unset* where none was."""
    code = context.code()
    if isinstance(code, grpc.StatusCode):
        return int(cast("tuple[int, str]", code.value)[0])
    return unset if code is None else int(code)
