"""Keep a context manager entered, whichever tasks ask for it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from typing import Final, Generic, TypeVar

T = TypeVar("T")

log = logging.getLogger("wool")

CANCEL_SECONDS: Final = 2.0
"""What a context manager may take to end once it is cancelled."""


class Held(Generic[T]):
    """
    Enters *context* in a task of its own, and leaves it there.

    What the application gives may be picky about tasks, and may hang; the pool that uses it
    is neither.
    """

    def __init__(self, context: AbstractAsyncContextManager[T], *, name: str) -> None:
        self._context = context
        self._name = name
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self, timeout: float | None) -> T:
        """
        Enter the context and return what it gives; a failure is raised as it is.

        Raises:
            TimeoutError: it took more than *timeout* seconds; it was left again.
        """
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[T] = loop.create_future()
        self._task = loop.create_task(self._hold(opened), name=f"wool-held-{self._name}")
        try:
            done, _ = await asyncio.wait([opened], timeout=timeout)
        except BaseException:
            await self._end(0.0)
            raise
        if not done:
            await self._end(0.0)
            raise TimeoutError(f"{self._name} was not ready within {timeout:.3g} s")
        return opened.result()

    async def aclose(self, timeout: float) -> None:
        """Leave the context; may be called twice. What fails then is logged."""
        task = self._task
        await self._end(timeout)
        if task is not None and task.done() and not task.cancelled() and task.exception():
            log.warning("%s was not left in good order", self._name, exc_info=task.exception())

    async def _end(self, timeout: float) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        self._over.set()
        if timeout > 0:
            await asyncio.wait([task], timeout=timeout)
        if not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=CANCEL_SECONDS)
        if not task.done():
            log.warning("%s could not be left within its time", self._name)

    async def _hold(self, opened: asyncio.Future[T]) -> None:
        try:
            async with self._context as value:
                opened.set_result(value)
                await self._over.wait()
        except asyncio.CancelledError:
            opened.cancel()
            raise
        except BaseException as exc:
            if opened.done():
                raise
            opened.set_exception(exc)
            opened.exception()  # whoever waited may have gone
