"""Gather every wish that this worker ends."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import isinf
from types import FrameType
from typing import NoReturn

from wool_common.deadline import Deadline


@dataclass(frozen=True, slots=True)
class StopRequest:
    """A wish that the worker ends; running tasks have *grace* seconds."""

    grace: float
    reason: str


class StopSignals:
    """
    The one place where signals, the parent and clients ask the worker to end.

    The first request starts the stop, a later one can only bring its end forward. A second
    signal, or one that comes when the grace is over, ends the process at once.
    """

    def __init__(self, grace: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._grace = grace
        self._clock = clock
        # Only ever appended to: a signal handler must not wait for a lock it interrupted.
        self._wishes: list[tuple[float, str]] = []
        self._signals = 0
        self._last_acts: list[Callable[[], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()

    @property
    def is_requested(self) -> bool:
        """Tell whether anybody has asked."""
        return bool(self._wishes)

    @property
    def deadline(self) -> Deadline | None:
        """The earliest end asked for so far; None before the first request."""
        wishes = self._wishes[:]
        return Deadline(min(wishes)[0], self._clock) if wishes else None

    def request(self, grace: float | None, reason: str) -> None:
        """Ask the worker to end, from any thread; None stands for the configured grace."""
        seconds = self._grace if grace is None else max(0.0, grace)
        self._wishes.append((self._clock() + seconds, reason))
        loop = self._loop
        if loop is None:
            return
        with suppress(RuntimeError):  # the loop has been closed: the stop is over
            loop.call_soon_threadsafe(self._changed.set)

    async def requested(self) -> StopRequest:
        """Return the request that ends first, once there is one."""
        # Before the look at the wishes: one that comes after it then finds the loop.
        self._loop = asyncio.get_running_loop()
        while not self._wishes:
            await self._change()
        at, reason = min(self._wishes[:])
        return StopRequest(Deadline(at, self._clock).remaining(), reason)

    async def over(self) -> None:
        """Return when the grace is over, also where it is shortened meanwhile."""
        await self.requested()
        while (deadline := self.deadline) and (seconds := deadline.remaining()):
            try:
                async with asyncio.timeout(None if isinf(seconds) else seconds):
                    await self._change()
            except TimeoutError:
                pass

    def listen(self, *, linked: bool) -> None:
        """
        Take signals as requests; from the main thread.

        A worker with a parent ignores SIGINT, for its parent decides. Signals that are
        ignored already stay so, and forked children get the system's defaults back.
        """
        handlers: dict[signal.Signals, _Handler] = {signal.SIGTERM: self._heed}
        for number in (signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                # A function, for what a routine starts would inherit SIG_IGN.
                handlers[number] = _ignore if linked else self._heed
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.register_at_fork(after_in_child=lambda: _restore(handlers))

    def before_end(self, act: Callable[[], None]) -> None:
        """Have *act* done before the process is ended at once; it must be quick."""
        self._last_acts.append(act)

    def end_now(self, code: int) -> NoReturn:
        """
        End this process at once, from any thread.

        Nothing is flushed: a thread that is stuck in writing would hold the lock.
        """
        try:
            for act in self._last_acts:
                act()
        except Exception:  # noqa: BLE001  nothing may keep the process
            pass
        finally:
            os._exit(code)

    def _heed(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1
        deadline = self.deadline
        if self._signals > 1 or (deadline is not None and not deadline.remaining()):
            self.end_now(128 + number)
        self.request(None, signal.Signals(number).name)

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()


_Handler = Callable[[int, FrameType | None], None]


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing."""


def _restore(handlers: dict[signal.Signals, _Handler]) -> None:
    for number in handlers:
        default = signal.default_int_handler if number is signal.SIGINT else signal.SIG_DFL
        signal.signal(number, default)
