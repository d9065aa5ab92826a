"""Routines that fail in every way."""

from __future__ import annotations

import asyncio
import sys
import threading
import types
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import NoReturn

import wool


class Custom(Exception):
    """Takes other arguments than it hands on."""

    def __init__(self, code: int, *, detail: str) -> None:
        super().__init__(f"code {code}: {detail}")
        self.code = code
        self.detail = detail


class Attributed(ValueError):
    """Carries what is set after it was made."""

    extra: object = None


@dataclass
class Data(Exception):
    """An exception that is a dataclass."""

    name: str
    number: int


class Unreadable:
    """Can be pickled, and not be unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return _refuse, ("on purpose",)


def _refuse(text: str) -> NoReturn:
    raise RuntimeError(f"cannot be rebuilt: {text}")


class Refusing(Exception):
    """Refuses to be made again, and can be told from its parts."""

    def __reduce__(self) -> tuple[object, ...]:
        return _refuse, ("on purpose",)


class Locked(Exception):
    """Holds something that cannot be pickled."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lock = threading.Lock()
        self.text = text


@wool.routine
async def raising(error: BaseException) -> None:
    raise error


@wool.routine
async def raising_anew(number: int) -> None:
    """Raise exceptions that are made on the worker."""
    match number:
        case 0:
            raise Custom(7, detail="seven")
        case 1:
            error = Attributed("attributed")
            error.extra = {"a": [1, 2]}
            error.add_note("a note")
            raise error
        case 2:
            raise Data("data", 2)
        case 3:
            raise KeyError("key")
        case 4:
            raise OSError(2, "No such file", "/nowhere")
        case 5:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        case 6:
            raise Refusing("text of it")
        case 7:
            raise Locked("held")
        case _:
            raise AssertionError


@wool.routine
async def raising_what_only_the_worker_knows() -> None:
    """Raise an exception whose class is in a module that is nowhere else."""
    module = types.ModuleType("only_on_the_worker")
    sys.modules[module.__name__] = module
    code = "class Ghost(Exception):\n    pass\n"
    exec(code, vars(module))
    raise module.Ghost("text of it")


@wool.routine
async def chained() -> None:
    """Raise from a cause, in the context of another."""
    try:
        try:
            raise KeyError("missing")
        except KeyError:
            raise LookupError("in the context")  # noqa: B904
    except LookupError as exc:
        raise RuntimeError("the last one") from exc


@wool.routine
async def grouped() -> None:
    """Fail twice in a TaskGroup."""

    async def fail(error: Exception) -> None:
        raise error

    async with asyncio.TaskGroup() as group:
        group.create_task(fail(ValueError("one")))
        group.create_task(fail(Custom(2, detail="two")))


@wool.routine
async def deep() -> None:
    """Fail some plain calls below."""
    _level_one()


def _level_one() -> None:
    _level_two()


def _level_two() -> None:
    raise ValueError("from level two")


@wool.routine
async def relaying(generations: int) -> None:
    """Fail some routines below."""
    if generations:
        await relaying(generations - 1)
    raise Custom(generations, detail="at the bottom")


@wool.routine
async def wrapping() -> None:
    """Raise an error of its own from a nested routine's."""
    try:
        await relaying(0)
    except Custom as exc:
        raise LookupError("wrapped") from exc


@wool.routine
async def catching() -> str:
    """Catch a nested routine's error by its class."""
    try:
        await relaying(1)
    except Custom as exc:
        return f"{exc.code} {exc.detail}"
    return "nothing"


@wool.routine
async def nested_group() -> None:
    """Fail in nested routines within a TaskGroup."""
    async with asyncio.TaskGroup() as group:
        group.create_task(raising_anew(0))
        group.create_task(raising_anew(3))


@wool.routine
async def exiting_in_a_group(kind: type[BaseException]) -> None:
    """Get a nested routine's SystemExit or KeyboardInterrupt in a task of its own."""
    async with asyncio.TaskGroup() as group:
        group.create_task(raising(kind(3)))


@wool.routine
async def returning_a_lock() -> object:
    return {"lock": threading.Lock()}


@wool.routine
async def returning_an_error() -> tuple[Exception, type[Exception]]:
    """Return an exception as a value."""
    return Custom(1, detail="a value"), Custom


@wool.routine
async def cancelling_itself() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel("by itself")
    await asyncio.sleep(0)


@wool.routine
async def recursing() -> None:
    """Exhaust the interpreter's stack."""

    def further() -> None:
        further()

    further()


@wool.routine
async def exits() -> None:
    sys.exit("a message")


@wool.routine
async def streaming(error: Exception) -> AsyncGenerator[int]:
    yield 1
    raise error


@wool.routine
async def echo(value: object) -> object:
    return value
