"""Run routines in the task that calls them, on copies of what they are given."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import Context
from dataclasses import dataclass
from typing import Any, cast

from wool.runtime.context import ACTIVE, InPlace, Options, dispatch_timeout
from wool.testing.copies import Routine, copied, copied_error, unpacked, without_frames_of
from wool.testing.within import Within
from wool_common.deadline import Deadline
from wool_common.errors import NoWorkersAvailable
from wool_common.frames import NO_HEADERS
from wool_common.metadata import WorkerMetadata
from wool_common.pickling.callables import CallableCache
from wool_common.task import CURRENT_TASK, Task

PACKAGE = "wool.testing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One run of a routine: the copies it works on, and the context it runs in."""

    fn: Routine
    args: tuple[object, ...]
    kwargs: dict[str, object]
    task: Task
    context: Context
    worker: WorkerMetadata

    def begun(self) -> object:
        """Call the routine, in its context."""
        return self.context.run(self.fn, *self.args, **self.kwargs)

    def limit(self) -> AbstractAsyncContextManager[object]:
        """Return what ends the run at its deadline."""
        deadline = self.task.deadline
        return nullcontext() if deadline is None else asyncio.timeout(deadline.remaining())

    def failure(self, error: BaseException) -> BaseException:
        """Return *error* as the caller gets it."""
        own = without_frames_of(error, PACKAGE)
        return copied_error(own, task=str(self.task.id), worker=self.worker.uid)


class Place(InPlace):
    """
    Stands in for a pool of one worker, *worker*.

    A function that would travel by value is unpickled once and keeps, as it would on a
    worker, what it changes of its own globals.
    """

    def __init__(self, worker: WorkerMetadata) -> None:
        self.worker = worker
        self._caches = threading.local()
        self._functions: dict[bytes, Routine] = {}

    async def call(
        self, fn: Routine, args: tuple[object, ...], kwargs: dict[str, object], options: Options
    ) -> object:
        """Run a coroutine function and return a copy of its result, or raise a copy of its error."""
        visit = self.visit(fn, args, kwargs, options)
        try:
            async with visit.limit():
                coroutine = cast(Coroutine[Any, Any, object], visit.begun())
                return copied(await Within(coroutine, visit.context), root="result")
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as exc:  # noqa: BLE001 - whatever a routine raises is an answer
            failure = visit.failure(exc)
        raise failure

    def steps(
        self, fn: Routine, args: tuple[object, ...], kwargs: dict[str, object], options: Options
    ) -> PlaceSteps:
        """Return an async generator, to be taken step by step."""
        return PlaceSteps(self.visit(fn, args, kwargs, options), in_step=not options.prefetch)

    def visit(
        self, fn: Routine, args: tuple[object, ...], kwargs: dict[str, object], options: Options
    ) -> Visit:
        """
        Return the run that a call asks for.

        Raises:
            NoWorkersAvailable: *options* ask for another worker.
            SerializationError: the function or an argument cannot be pickled.
        """
        if not options.admits(self.worker):
            raise NoWorkersAvailable("no worker in the pool matches what the call asks for")
        definition = self._cache().define(fn)
        copies = copied((args, kwargs), root="call")
        own_args, own_kwargs = cast(tuple[tuple[object, ...], dict[str, object]], copies)
        function = self._functions.get(definition.digest)
        if function is None:
            function = cast(Callable[..., object], unpacked(definition.payload))
            self._functions[definition.digest] = function
        task = task_of(definition.tag, options.timeout)
        return Visit(
            fn=function,
            args=own_args,
            kwargs=own_kwargs,
            task=task,
            context=context_of(task, self),
            worker=self.worker,
        )

    def _cache(self) -> CallableCache:
        cache: CallableCache | None = getattr(self._caches, "cache", None)
        if cache is None:
            cache = self._caches.cache = CallableCache()
        return cache


class PlaceSteps:
    """One async generator, run where it is iterated over."""

    def __init__(self, visit: Visit, *, in_step: bool) -> None:
        self._visit = visit
        self._in_step = in_step
        self._generator: AsyncGenerator[object, object] | None = None

    async def first(self) -> object:
        """Return the generator's first value."""
        return await self._step(anext, begin=True)

    async def following(self) -> object:
        """Return the next value."""
        return await self._step(anext)

    async def send(self, value: object) -> object:
        """Resume the generator with a copy of *value* and return what it yields."""
        self._must_be_in_step("asend")
        sent = copied(value, root="sent")
        return await self._step(lambda generator: generator.asend(sent))

    async def throw(self, error: BaseException) -> object:
        """Resume the generator with a copy of *error* and return what it yields."""
        self._must_be_in_step("athrow")
        thrown = copied_error(error)
        return await self._step(lambda generator: generator.athrow(thrown))

    async def aclose(self) -> None:
        """Run the generator's own clean-up; raises what that raises."""
        generator = self._generator
        if generator is None:
            return
        try:
            await Within(cast(Any, generator.aclose()), self._visit.context)
            return
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as exc:  # noqa: BLE001 - whatever a routine raises is an answer
            failure = self._visit.failure(exc)
        raise failure

    async def _step(
        self, resume: Callable[[AsyncGenerator[object, object]], object], *, begin: bool = False
    ) -> object:
        visit = self._visit
        try:
            if begin:
                self._generator = cast(AsyncGenerator[object, object], visit.begun())
            generator = cast(AsyncGenerator[object, object], self._generator)
            async with visit.limit():
                value = await Within(cast(Any, resume(generator)), visit.context)
                return copied(value, root="yielded")
        except StopAsyncIteration:
            failure: BaseException = StopAsyncIteration()
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException as exc:  # noqa: BLE001 - whatever a routine raises is an answer
            failure = visit.failure(exc)
        raise failure

    def _must_be_in_step(self, name: str) -> None:
        if not self._in_step:
            raise RuntimeError(f"{name} needs a generator in lock-step, so one without prefetch")


def task_of(tag: str, timeout: float | None) -> Task:
    """Return the task of a call made here."""
    parent = CURRENT_TASK.get()
    deadline = None if parent is None else parent.deadline
    if timeout is not None:
        own = Deadline.after(timeout)
        deadline = own if deadline is None or own.at < deadline.at else deadline
    return Task(
        key=os.urandom(16),
        tag=tag,
        caller_key=b"" if parent is None else parent.key,
        deadline=deadline,
        dispatch_timeout=dispatch_timeout(),
        headers=NO_HEADERS if parent is None else parent.onward(),
    )


def context_of(task: Task, place: InPlace) -> Context:
    """Return the context a routine finds: its task, where its calls go, and nothing else."""
    context = Context()
    context.run(CURRENT_TASK.set, task)
    context.run(ACTIVE.set, place)
    return context
