"""One worker's container, from its start to its end."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from wool.runtime.worker.process import WorkerExit
from wool_common.engine import Engine, Terminal
from wool_common.errors import DockerRefused, DockerUnavailable

log = logging.getLogger("wool")

T = TypeVar("T")

NOT_FOUND: Final = 404

TAIL: Final = 16 * 1024
"""Bytes of a container's last output that are kept."""

TAIL_LINES: Final = 30

OUTPUT_SECONDS: Final = 1.0
"""What the last output may take to arrive after the container's end."""

REMOVE_SECONDS: Final = 20.0
"""What the Engine may take to remove a container."""

PAUSES: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before an Engine that cannot be reached is asked again; the last repeats."""

SIGNALS: Final = 128
"""From here on, an exit code tells which signal it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerExit(WorkerExit):
    """How a container ended; *known* is False where nobody has seen it."""

    container: str
    known: bool = field(default=True, repr=False)

    @property
    def description(self) -> str:
        """Say it in words: `killed by SIGKILL`, `exit code 3`."""
        if not self.known:
            return "its container was removed"
        return WorkerExit.description.__get__(self)


class WorkerContainer:
    """
    A container of the Engine at *url*, which the Engine removes when it has ended.

    *exit* tells any thread how it ended. The rest lives on the event loop that starts it,
    and ends with the container.
    """

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.exit: Future[ContainerExit] = Future()
        self.exit.set_running_or_notify_cancel()  # waiting may be cancelled, this not
        self._tail: deque[str] = deque()
        self._tail_size = 0
        self._settled = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._company: Callable[[], Awaitable[None]] | None = None

    @property
    def output(self) -> str:
        """The last lines it has printed."""
        lines = "".join(self._tail).splitlines()
        return "\n".join(lines[-TAIL_LINES:])

    async def start(self, config: Mapping[str, object], stdin: bytes) -> None:
        """
        Create the container and start it, telling it *stdin*.

        Whatever is raised, `remove` is still to be called.

        Raises:
            DockerRefused, DockerUnavailable: it cannot be.
        """
        async with AsyncExitStack() as stack:
            engine = await stack.enter_async_context(Engine(self.url))
            # Cancelled, the request may go on, so what it makes is waited for.
            await undisturbed(engine.create(self.name, config))
            code = await stack.enter_async_context(engine.ending(self.name))
            terminal = await stack.enter_async_context(engine.attached(self.name))
            await engine.start(self.name)
            await terminal.write_in(stdin)
            watch = self._watch(stack.pop_all(), engine, code, terminal)
            self._watching = asyncio.create_task(watch, name=f"wool-container {self.name}")

    async def exited(self) -> ContainerExit:
        """Wait for its end, from any event loop."""
        return await asyncio.wrap_future(self.exit)

    async def ended(self, seconds: float) -> bool:
        """Wait for its end for at most *seconds*; return whether it has come."""
        if self.exit.done():
            return True
        try:
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self.exited()
        except TimeoutError:
            return False
        return True

    def settle(self, company: Callable[[], Awaitable[None]]) -> None:
        """Note that the worker serves; *company* is run for as long as the container does."""
        self._company = company
        self._settled.set()

    async def remove(self) -> None:
        """
        End the container at once where it runs, and return when it is gone.

        Raises:
            DockerUnavailable: the Engine cannot be asked.
        """
        try:
            async with Engine(self.url) as engine, engine.ending(self.name, "removed") as removed:
                await engine.remove(self.name)
                async with asyncio.timeout(REMOVE_SECONDS):
                    await removed()
        except TimeoutError:
            log.warning("%s was not removed within %g s", self.name, REMOVE_SECONDS)
        except DockerRefused as exc:
            if exc.status != NOT_FOUND:
                log.warning("%s could not be removed: %s", self.name, exc)
        watching = self._watching
        if watching is not None and watching.get_loop() is asyncio.get_running_loop():
            await asyncio.wait([watching], timeout=REMOVE_SECONDS)

    # ── what goes on while it runs ────────────────────────────────────────────

    async def _watch(
        self,
        stack: AsyncExitStack,
        engine: Engine,
        code: Callable[[], Awaitable[int]],
        terminal: Terminal,
    ) -> None:
        returncode: int | None = None
        try:
            async with stack:
                returncode = await self._followed(engine, code, terminal)
        except Exception:
            log.exception("%s cannot be followed any more", self.name)
        finally:
            # Also where the loop that follows it ends first: nobody waits for ever.
            self.exit.set_result(
                ContainerExit(
                    returncode=_as_signal(returncode or 0),
                    output=self.output,
                    container=self.name,
                    known=returncode is not None,
                )
            )

    async def _followed(
        self, engine: Engine, code: Callable[[], Awaitable[int]], terminal: Terminal
    ) -> int | None:
        listening = asyncio.create_task(self._listen(engine, terminal))
        attending = asyncio.create_task(self._attend())
        try:
            returncode = await self._ended(engine, code)
            await asyncio.wait([listening], timeout=OUTPUT_SECONDS)
            return returncode
        finally:
            await _end(listening, attending)

    async def _ended(self, engine: Engine, code: Callable[[], Awaitable[int]]) -> int | None:
        """Return the exit code, None where the container was removed without telling it."""
        with suppress(DockerUnavailable):
            return await code()
        failures = 0
        while True:
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            try:
                async with engine.ending(self.name, "not-running") as again:
                    return await again()
            except DockerRefused:
                return None
            except DockerUnavailable:
                failures += 1

    async def _attend(self) -> None:
        await self._settled.wait()
        if self._company is not None:
            await self._company()

    async def _listen(self, engine: Engine, terminal: Terminal) -> None:
        """Note what the container prints, until it ends."""
        reading = asyncio.create_task(self._read(terminal))
        settled = asyncio.create_task(self._settled.wait())
        try:
            await asyncio.wait([reading, settled], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(reading, settled)
        # A terminal that is read too slowly holds up who writes to it, a log does not.
        if self._settled.is_set():
            with suppress(DockerUnavailable, DockerRefused):
                async with aclosing(engine.output(self.name)) as pieces:
                    async for piece in pieces:
                        self._note(piece)

    async def _read(self, terminal: Terminal) -> None:
        with suppress(OSError):
            while (piece := await terminal.read_out()) is not None:
                self._note(piece.data.decode(errors="replace"))

    def _note(self, text: str) -> None:
        self._tail.append(text)
        self._tail_size += len(text)
        while self._tail_size > TAIL and len(self._tail) > 1:
            self._tail_size -= len(self._tail.popleft())


async def undisturbed(doing: Coroutine[Any, Any, T]) -> T:
    """Do it to its end, also where the caller is cancelled meanwhile, and only then leave."""
    task = asyncio.create_task(doing)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as exc:
            cancelled = exc
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()  # or asyncio would complain that nobody has asked
    raise cancelled


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _as_signal(returncode: int) -> int:
    return SIGNALS - returncode if returncode > SIGNALS else returncode
