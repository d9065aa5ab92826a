"""The second process: loads what it is sent, runs it, sends back what came of it."""

from __future__ import annotations

import asyncio
import inspect
import sys
from typing import Any, BinaryIO, cast

from wool_common.pickling.exceptions import dump_exception
from wool_common.pickling.values import Pickled, dump, load


def read(stream: BinaryIO) -> bytes:
    """Return the next message, nothing at the end."""
    size = stream.read(4)
    return stream.read(int.from_bytes(size, "big"))


def write(stream: BinaryIO, message: Pickled, *, kind: bytes = b"") -> None:
    """Send *message*."""
    assert isinstance(message, bytes)
    stream.write((len(kind) + len(message)).to_bytes(4, "big") + kind + message)
    stream.flush()


async def answer(functions: dict[bytes, Any], request: bytes) -> Pickled:
    """Return the answer to one *request*."""
    operation, first, second = cast("tuple[str, bytes, bytes]", load(request))
    if operation == "echo":
        return dump(load(first))
    if first not in functions:
        functions[first] = load(first)
    args, kwargs = cast("tuple[tuple[Any, ...], dict[str, Any]]", load(second))
    result = functions[first](*args, **kwargs)
    return dump(await result if inspect.isawaitable(result) else result)


async def main() -> None:
    """Answer until the other side closes."""
    functions: dict[bytes, Any] = {}
    while request := read(sys.stdin.buffer):
        try:
            write(sys.stdout.buffer, await answer(functions, request), kind=b"+")
        except BaseException as error:  # noqa: BLE001 - it travels back
            record = dump_exception(error, task="task-1", worker="worker-1")
            write(sys.stdout.buffer, record, kind=b"-")


if __name__ == "__main__":
    asyncio.run(main())
