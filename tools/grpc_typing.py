"""Write the types of generated gRPC stubs, which protoc leaves untyped."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from google.protobuf.descriptor_pb2 import (
    FileDescriptorProto,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)

HEADER = """\
from collections.abc import AsyncIterator, Awaitable

from grpc import aio

"""


def typing_of(file: FileDescriptorProto, files: Iterable[FileDescriptorProto]) -> str:
    """Return the text of the `_pb2_grpc.pyi` of *file*; *files* define its messages."""
    homes = {
        f".{home.package}.{message.name}": PurePosixPath(home.name.removesuffix(".proto"))
        for home in files
        for message in home.message_type
    }
    used = {
        homes[name]
        for service in file.service
        for method in service.method
        for name in (method.input_type, method.output_type)
    }
    imports = "".join(
        f"from {'.'.join(home.parent.parts)} import {home.name}_pb2\n" for home in sorted(used)
    )
    names = {full: f"{home.name}_pb2.{full.rpartition('.')[2]}" for full, home in homes.items()}
    return HEADER + imports + "".join(_service(service, names) for service in file.service)


def _service(service: ServiceDescriptorProto, names: dict[str, str]) -> str:
    calls = [_call(method, names) for method in service.method]
    answers = [_answer(method, names) for method in service.method]
    return "\n".join(
        [
            "",
            f"class {service.name}Stub:",
            "    def __init__(self, channel: aio.Channel) -> None: ...",
            *calls,
            "",
            f"class {service.name}Servicer:",
            *answers,
            "",
            f"def add_{service.name}Servicer_to_server(",
            f"    servicer: {service.name}Servicer, server: aio.Server",
            ") -> None: ...",
            "",
        ]
    )


def _call(method: MethodDescriptorProto, names: dict[str, str]) -> str:
    shape = "Stream" if method.client_streaming else "Unary"
    shape += "Stream" if method.server_streaming else "Unary"
    types = f"{names[method.input_type]}, {names[method.output_type]}"
    return f"    {method.name}: aio.{shape}MultiCallable[{types}]"


def _answer(method: MethodDescriptorProto, names: dict[str, str]) -> str:
    asked, answered = names[method.input_type], names[method.output_type]
    context = f"context: aio.ServicerContext[{asked}, {answered}]"
    request = f"request: {asked}"
    if method.client_streaming:
        request = f"request_iterator: AsyncIterator[{asked}]"
    head, result = "async def", answered
    if method.server_streaming:
        # grpc.aio takes both: a generator of answers, and a coroutine that writes them.
        head, result = "def", f"AsyncIterator[{answered}] | Awaitable[None]"
    return f"    {head} {method.name}(self, {request}, {context}) -> {result}: ..."
