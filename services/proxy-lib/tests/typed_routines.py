"""What a type checker makes of routines; only the checker runs this."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Coroutine
from typing import Any, assert_type

import wool
from wool.testing import inline


@wool.routine
async def text_of(number: int, *, width: int = 0) -> str:
    return str(number).rjust(width)


@wool.routine(timeout=3, tags=["gpu"])
async def with_options(number: int) -> str:
    return str(number)


@wool.routine
async def count(to: int) -> AsyncGenerator[int, str]:
    for number in range(to):
        yield number


class Ladder:
    """Has routines of every kind."""

    @wool.routine
    async def method(self, number: int) -> int:
        return number

    @wool.routine
    async def stream(self, to: int) -> AsyncGenerator[int]:
        yield to

    @classmethod
    @wool.routine
    async def inner_class_method(cls, number: int) -> int:
        return number

    @wool.routine
    @classmethod
    async def outer_class_method(cls, number: int) -> int:
        return number

    @staticmethod
    @wool.routine
    async def inner_static_method(number: int) -> int:
        return number

    @wool.routine
    @staticmethod
    async def outer_static_method(number: int) -> int:
        return number


async def functions() -> None:
    """A routine is called as the function is, and has more."""
    assert_type(await text_of(1, width=3), str)
    assert_type(await with_options(1), str)
    assert_type(count(3), AsyncGenerator[int, str])
    assert_type(await text_of.local(1), str)
    await assert_type(text_of.options(timeout=3)(1), Coroutine[Any, Any, str])
    assert_type([each async for each in wool.map(text_of, [1, 2])], list[str])
    assert_type(await wool.gather(text_of(1), text_of(2)), list[str])
    text_of("1")  # pyright: ignore[reportArgumentType, reportUnusedCoroutine]
    text_of(1, 2)  # pyright: ignore[reportCallIssue, reportUnusedCoroutine]


async def methods(ladder: Ladder) -> None:
    """Methods are bound as other methods are."""
    assert_type(await ladder.method(1), int)
    assert_type(await Ladder.method(ladder, 1), int)
    assert_type(ladder.stream(1), AsyncGenerator[int])
    for each in (Ladder, ladder):
        assert_type(await each.inner_class_method(1), int)
        assert_type(await each.outer_class_method(1), int)
        assert_type(await each.inner_static_method(1), int)
        assert_type(await each.outer_static_method(1), int)
    ladder.method("1")  # pyright: ignore[reportArgumentType, reportUnusedCoroutine]


async def pools(ladder: Ladder) -> None:
    """A pool gives what the routine gives, and so does its stand-in."""
    async with wool.WorkerPool() as pool:
        assert_type(await pool.run(text_of, 1, width=3), str)
        assert_type(await pool.run(ladder.method, 1), int)
        assert_type(pool.run(count, 3), AsyncGenerator[int, str])
        assert_type(list((await pool.broadcast(text_of, 1)).values()), list[str])
        pool.run(text_of, "1")  # pyright: ignore[reportArgumentType, reportCallIssue]
    with inline() as stand_in:
        assert_type(await stand_in.run(text_of, 1), str)
