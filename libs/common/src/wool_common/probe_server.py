"""Answer whoever probes whether this program serves."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final, cast

from wool_common.probe import NOT_SERVING, SERVING, place

NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


def checked_probe(name: str) -> str:
    """
    Return *name*, by which a program can be probed.

    Raises:
        ValueError: it is none.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"must have 1 to 64 letters, digits, dots, dashes, not {name!r}")
    return name


@asynccontextmanager
async def answering(name: str, serves: Callable[[], bool]) -> AsyncGenerator[None]:
    """
    Answer probes of *name*, on the running loop, with what *serves* returns at that moment.

    A loop that hangs answers nobody, which `wool_common.probe` takes for not serving.

    Raises:
        OSError: the name is taken, or this is not Linux.
    """
    loop = asyncio.get_running_loop()
    server = await loop.create_unix_server(lambda: _Answer(serves), sock=_bound(name))
    try:
        yield
    finally:
        server.close()
        await server.wait_closed()


class _Answer(asyncio.Protocol):
    """One connection: says one line, then ends."""

    def __init__(self, serves: Callable[[], bool]) -> None:
        self._serves = serves

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        line = SERVING if self._serves() else NOT_SERVING
        out = cast(asyncio.WriteTransport, transport)
        out.write(f"{line}\n".encode())
        out.close()


def _bound(name: str) -> socket.socket:
    ear = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        ear.bind(place(name))
    except OSError as exc:
        ear.close()
        raise OSError(
            f"cannot answer probes of {name}: {exc.strerror or exc}: does another program on this"
            " machine or in this container use that name?"
        ) from exc
    except BaseException:
        ear.close()
        raise
    ear.setblocking(False)
    return ear
