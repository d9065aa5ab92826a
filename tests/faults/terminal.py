"""Run a program on a terminal of its own, as a person would."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from programs import environment

CTRL_C = b"\x03"
ATTACH = 'exec "$@" <>"$TERMINAL" >&0 2>&1'
"""A session's leader that opens a terminal gets it for its own, with its Ctrl-C."""


class Terminal:
    """A program, with what it has written to its terminal."""

    def __init__(self, master: int, process: asyncio.subprocess.Process) -> None:
        self._master = master
        self._process = process
        self._written = bytearray()
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(master, self._read)

    @property
    def text(self) -> str:
        """What was written so far."""
        return self._written.decode(errors="replace").replace("\r\n", "\n")

    def press(self, keys: bytes) -> None:
        """Type *keys*."""
        os.write(self._master, keys)

    async def shows(self, wanted: str, limit: float = 20.0) -> None:
        """Return once *wanted* was written."""
        await self._until(lambda: wanted in self.text, limit)

    async def end(self, limit: float) -> int:
        """Return the program's exit code, once it has ended, within *limit* seconds."""
        async with asyncio.timeout(limit):
            return await self._process.wait()

    def close(self) -> None:
        """Hang up."""
        self._loop.remove_reader(self._master)
        os.close(self._master)
        with suppress(ProcessLookupError):
            self._process.kill()

    async def _until(self, is_so: Callable[[], bool], limit: float) -> None:
        async with asyncio.timeout(limit):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    def _read(self) -> None:
        try:
            piece = os.read(self._master, 1 << 16)
        except OSError:  # nobody has the other side open any more
            self._loop.remove_reader(self._master)
            piece = b""
        self._written += piece
        self._news.set()


@asynccontextmanager
async def terminal(*arguments: str, python: Sequence[str] = ()) -> AsyncGenerator[Terminal]:
    """Run this Python with *arguments* on a terminal."""
    master, slave = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", ATTACH, "sh", sys.executable, *python, *arguments),
        env=environment(TERMINAL=os.ttyname(slave)),
        start_new_session=True,
    )
    one = Terminal(master, process)
    try:
        yield one
    finally:
        os.close(slave)
        one.close()
        await process.wait()
