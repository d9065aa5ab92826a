"""Await something in a context of its own, within the same task."""

from __future__ import annotations

from collections.abc import Generator
from contextvars import Context
from typing import Any, Generic, Protocol, TypeVar

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Steppable(Protocol[R_co]):
    """A coroutine, or one step of an async generator."""

    def send(self, value: Any, /) -> Any: ...

    def throw(self, error: BaseException, /) -> Any: ...

    def __await__(self) -> Generator[Any, Any, R_co]: ...


class Within(Generic[R]):
    """
    *awaited*, to be awaited in *context*.

    The task stays the caller's, so cancellation, timeouts and task groups work as if it
    was awaited directly; only the context variables are others.
    """

    def __init__(self, awaited: Steppable[R], context: Context) -> None:
        self._awaited = awaited
        self._context = context

    def __await__(self) -> Generator[Any, Any, R]:
        run, awaited = self._context.run, self._awaited
        try:
            waits_for = run(awaited.send, None)
            while True:
                try:
                    told = yield waits_for
                except BaseException as exc:  # noqa: BLE001 - whatever is thrown in goes on
                    waits_for = run(awaited.throw, exc)
                else:
                    waits_for = run(awaited.send, told)
        except StopIteration as stop:
            return stop.value
