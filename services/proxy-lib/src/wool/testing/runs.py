"""Run one task on a fake worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any, cast

from wool.testing.copies import Routine, arrived, without_frames_of
from wool.testing.inplace import Place, context_of
from wool_common import frames as f
from wool_common.pickling.exceptions import dump_exception, revive
from wool_common.pickling.values import dump
from wool_common.task import Task

PACKAGE = "wool.testing"

Command = f.Next | f.Send | f.Throw | f.Close
Generator = AsyncGenerator[object, object]
Say = Callable[[Any], None]


class FakeRun:
    """
    One task on a fake worker, as an asyncio task of the test's own loop.

    Calls that the routine makes run in place on the same worker.
    """

    def __init__(self, start: f.Start, task: Task, place: Place, say: Say) -> None:
        self.task = task
        self._start = start
        self._place = place
        self._say = say
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._running: asyncio.Task[None] | None = None
        self._in_step = not start.stream

    def begin(self, fn: Awaitable[Routine]) -> None:
        """Start to run."""
        self._running = asyncio.get_running_loop().create_task(
            self._main(fn), name=self.task.tag, context=context_of(self.task, self._place)
        )

    def command(self, command: Command) -> None:
        """Queue a step of a generator."""
        self._commands.put_nowait(command)

    def cancel(self) -> None:
        """Cancel what runs; a generator between two steps has nothing to cancel."""
        running = self._running
        if running is not None and not running.done() and self._in_step:
            self._say(f.Cancelling(self._start.task))
            running.cancel()

    async def aclose(self) -> None:
        """Cancel the task, whatever it does, and wait for its end."""
        running = self._running
        if running is not None:
            running.cancel()
            await asyncio.wait([running])

    async def _main(self, fn: Awaitable[Routine]) -> None:
        number = self._start.task
        end: f.WorkerFrame
        try:
            routine = await fn
            arguments = await arrived(self._start.arguments)
            args, kwargs = cast(tuple[tuple[object, ...], dict[str, object]], arguments)
            made = routine(*args, **kwargs)
            if self._start.stream:
                await self._drive(cast(Generator, made))
                end = f.Returned(number, b"")
            else:
                value = await cast(Awaitable[object], made)
                end = f.Returned(number, dump(value, exceptions=True, root="result"))
        except asyncio.CancelledError:
            end = f.Cancelled(number)
        except BaseException as exc:  # noqa: BLE001 - whatever a routine raises is an answer
            error = without_frames_of(exc, PACKAGE)
            payload = dump_exception(error, task=str(self.task.id), worker=self._place.worker.uid)
            end = f.Raised(number, payload)
        self._say(end)

    async def _drive(self, generator: Generator) -> None:
        try:
            while True:
                command = await self._commands.get()
                self._in_step = True
                try:
                    await self._obey(generator, command)
                except StopAsyncIteration:
                    return
                finally:
                    self._in_step = False
                if isinstance(command, f.Close):
                    return
        finally:
            # One that yielded instead of ending counts as closed, and says so by this error.
            with suppress(StopAsyncIteration):
                await generator.aclose()

    async def _obey(self, generator: Generator, command: Command) -> None:
        match command:
            case f.Next(credit=credit):
                for _ in range(credit):
                    self._yield(await anext(generator))
            case f.Send(value=value):
                self._yield(await generator.asend(await arrived(value)))
            case f.Throw(error=error):
                self._yield(await generator.athrow(revive(await arrived(error))))
            case f.Close():
                await generator.aclose()

    def _yield(self, value: object) -> None:
        self._say(f.Yielded(self._start.task, dump(value, exceptions=True, root="yielded")))
