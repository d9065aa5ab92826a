"""One async generator on the routines' loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable
from contextlib import suppress
from typing import Final, cast

from wool_common.frames import Close, Next, Returned, Send, Throw, WorkerFrame, Yielded
from wool_common.pickling.values import Parcel, dump
from wool_worker.callables import Routine
from wool_worker.runs import Ground, Job, Run
from wool_worker.values import NOTHING

Command = Next | Send | Throw | Close
Generator = AsyncGenerator[object, object]

TURN: Final = 32
"""Steps after which a generator that runs ahead lets others have the loop."""


class StreamRun(Run):
    """
    One async generator: each command of the client is one step.

    All steps run in one task, so that what a generator does across its yields (a task
    group, a timeout, a context variable) works as it does locally.
    """

    def __init__(self, job: Job, ground: Ground) -> None:
        super().__init__(job, ground)
        self._commands: deque[Command] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._handling = False
        self._stepping = False
        self._pending_cancel = False
        self._ahead = False

    def command(self, command: Command) -> None:
        """Queue *command*."""
        self._commands.append(command)
        if isinstance(command, Close) and self._stepping and not self._cancelled:
            # The worker has run ahead: nobody waits for this step any more.
            super()._deliver()
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _deliver(self) -> None:
        if self._stepping or not self._entered or self._lost is not None:
            super()._deliver()
        elif self._commands or self._handling:
            # The step was asked for and has not begun: cancel it as soon as it has.
            self._pending_cancel = True
        # Between steps nothing runs that could be cancelled: the value that the client
        # waited for has crossed the cancellation on the wire.

    async def _execute(
        self, fn: Routine, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> WorkerFrame:
        self._note_begun()
        generator = fn(*args, **kwargs)
        if not isinstance(generator, AsyncGenerator):
            raise TypeError(f"{self._job.task.tag} is not an async generator function")

        generator = cast(Generator, generator)
        try:
            return await self._drive(generator)
        finally:
            # Whatever ended the conversation, the generator's own clean-up runs. One that
            # yielded instead of ending counts as closed, and says so by this error.
            with suppress(StopAsyncIteration):
                await generator.aclose()

    async def _drive(self, generator: Generator) -> WorkerFrame:
        """Step until the generator ends or is closed."""
        while True:
            self._handling = False
            command = await self._next_command()
            self._handling = True
            if isinstance(command, Next):
                self._ahead = self._ahead or command.credit > 1
                if not await self._run_ahead(generator, command.credit):
                    return self._end()
            elif isinstance(command, Close):
                await self._close(generator)
                return self._end()
            else:
                step = await self._resume(generator, command)
                if not await self._step(step):
                    return self._end()

    def _end(self) -> WorkerFrame:
        return Returned(self._number, NOTHING, self._seconds())

    async def _run_ahead(self, generator: Generator, credit: int) -> bool:
        """Take *credit* steps, fewer once nobody wants them; return False at the generator's end."""
        for number in range(1, credit + 1):
            if not await self._step(generator.__anext__()):
                return False
            if not number % TURN:
                # A generator that never waits would keep the loop, and commands, out.
                await asyncio.sleep(0)
            if self._lost or (self._commands and isinstance(self._commands[0], Close)):
                break
        return True

    async def _next_command(self) -> Command:
        if self._lost:
            raise asyncio.CancelledError  # it has lived through that; nobody will resume it
        while not self._commands:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._commands.popleft()

    async def _resume(self, generator: Generator, command: Send | Throw) -> Awaitable[object]:
        if isinstance(command, Send):
            return generator.asend(await self._ground.reader.open(command.value))
        return generator.athrow(await self._ground.reader.error(command.error))

    async def _close(self, generator: Generator) -> None:
        self._enter_step()
        try:
            await generator.aclose()
        finally:
            self._stepping = False

    async def _step(self, step: Awaitable[object]) -> bool:
        """Take one step and say what it yielded; return False once the generator has ended."""
        self._enter_step()
        try:
            value = await step
        except StopAsyncIteration:
            return False
        finally:
            self._stepping = False
        self._settle_cancel()
        payload = dump(value, exceptions=True, root="yielded")
        if self._ahead and isinstance(payload, Parcel):
            # The generator goes on while this is sent, and may use its buffers again.
            payload = payload.detached()
        self._job.post(Yielded(self._number, payload))
        return True

    def _enter_step(self) -> None:
        self._stepping = True
        self._cancelled = self._told = False
        if self._pending_cancel:
            # Once the step waits for something: before that nothing can be cancelled.
            asyncio.get_running_loop().call_soon(self._deliver_pending)

    def _deliver_pending(self) -> None:
        pending, self._pending_cancel = self._pending_cancel, False
        if pending and self._stepping:
            super()._deliver()

    def _settle_cancel(self) -> None:
        """Tell that the generator lived through a cancellation of this step."""
        self._pending_cancel = False
        if not self._cancelled:
            return
        self._tell_cancelling()
        self._cancelled = self._told = False
        running = self._running
        while running is not None and running.cancelling():
            running.uncancel()
