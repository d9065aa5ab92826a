"""The ways to run a routine that ought to make no difference."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Final, ParamSpec, TypeVar

import wool
from wool.testing import InlinePool

P = ParamSpec("P")
R = TypeVar("R")
Y = TypeVar("Y")
S = TypeVar("S")

WAYS: Final = ("local", "inline", "one", "two")


class Way:
    """Runs routines on *pool*, and without one as the plain functions they were made from."""

    def __init__(self, pool: wool.WorkerPool | InlinePool | None) -> None:
        self._pool = pool

    @property
    def is_local(self) -> bool:
        """True where routines are plain functions."""
        return self._pool is None

    def stream(
        self,
        routine: wool.Routine[P, AsyncGenerator[Y, S]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> AsyncGenerator[Y, S]:
        """Return the async generator."""
        if self._pool is None:
            return routine.local(*args, **kwargs)
        return self._pool.run(routine, *args, **kwargs)

    def call(
        self,
        routine: wool.Routine[P, Coroutine[Any, Any, R]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Coroutine[Any, Any, R]:
        """Return what is to be awaited."""
        if self._pool is None:
            return routine.local(*args, **kwargs)
        return self._pool.run(routine, *args, **kwargs)


def step(generator: AsyncGenerator[Y, Any]) -> Callable[[], Coroutine[Any, Any, Y]]:
    """Return a coroutine function that takes one step, for what wants a coroutine."""

    async def one() -> Y:
        return await anext(generator)

    return one
