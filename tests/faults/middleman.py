"""Stand between a client and its worker, and spoil the connection."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import wool


class Connection:
    """One connection, carried in both directions."""

    def __init__(
        self, client: asyncio.StreamWriter, worker: asyncio.StreamWriter, between: Middleman
    ) -> None:
        self._ends = (client, worker)
        self._between = between
        self._closed: set[asyncio.StreamWriter] = set()

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Pass on what comes from *source*, while nobody holds it up."""
        with suppress(OSError):
            while data := await source.read(1 << 16):
                await self._between.may_carry()
                self._between.carried += len(data)
                if target not in self._closed:
                    target.write(data)
                    await target.drain()
        self.cut()

    def cut(self) -> None:
        """End it as a broken cable would, without a word."""
        for end in self._ends:
            end.transport.abort()

    def close_half(self, *, towards_worker: bool) -> None:
        """Let one side read to the end; what is still said to it is lost."""
        end = self._ends[towards_worker]
        self._closed.add(end)
        with suppress(OSError):
            end.write_eof()


class Middleman:
    """Listens in place of a worker and carries what comes, as long as it is left alone."""

    def __init__(self, path: Path, worker: str) -> None:
        self.address = f"unix:{path}"
        self.connections = 0
        self.carried = 0
        """Bytes passed on so far."""
        self._path = path
        self._worker = worker.removeprefix("unix:")
        self._open: set[Connection] = set()
        self._let = asyncio.Event()
        self._let.set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    async def stop(self) -> None:
        """Cut everything and listen no more."""
        self.cut()
        self.let()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    def cut(self) -> None:
        """Cut every connection."""
        for connection in self._open:
            connection.cut()

    def close_half(self, *, towards_worker: bool) -> None:
        """Close one direction of every connection."""
        for connection in self._open:
            connection.close_half(towards_worker=towards_worker)

    def lead_to(self, worker: str) -> None:
        """Lead those who connect from now on to another worker; cut all connections."""
        self._worker = worker.removeprefix("unix:")
        self.cut()

    def hold(self) -> None:
        """Carry nothing until `let`."""
        self._let.clear()

    def let(self) -> None:
        """Carry again."""
        self._let.set()

    async def may_carry(self) -> None:
        """Return while nobody holds things up."""
        await self._let.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            back, forth = await asyncio.open_unix_connection(self._worker)
        except OSError:
            writer.transport.abort()
            return
        connection = Connection(writer, forth, self)
        self._open.add(connection)
        try:
            await asyncio.gather(connection.carry(reader, forth), connection.carry(back, writer))
        finally:
            self._open.discard(connection)
            connection.cut()


class Distant(wool.LocalWorker):
    """A worker that is reached through a middleman only."""

    def __init__(self, place: Path, *tags: str) -> None:
        super().__init__(*tags)
        self._place = place
        self.between: Middleman | None = None
        self.real_address = ""

    async def _start(self, timeout: float | None) -> wool.WorkerMetadata:
        metadata = await super()._start(timeout)
        self.real_address = metadata.address
        self.between = Middleman(self._place / f"{self.pid}", metadata.address)
        await self.between.start()
        return replace(metadata, address=self.between.address)

    async def _stop(self, grace: float | None, timeout: float | None) -> None:
        await super()._stop(grace, timeout)
        if self.between is not None:
            await self.between.stop()
