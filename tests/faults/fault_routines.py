"""Routines that get into trouble."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import threading
import time
import types
from collections.abc import AsyncGenerator
from typing import Any

import wool


def report(ear: str, *words: object) -> None:
    """Tell the test that listens at *ear* some words, and when they were said."""
    said = " ".join(str(word) for word in (time.monotonic(), *words))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth:
        mouth.sendto(said.encode(), ear)


def append(path: str, line: str) -> None:
    """Add *line* to a file that several processes write to."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)


async def forever() -> None:
    """Wait until cancelled."""
    await asyncio.get_running_loop().create_future()


@wool.routine
async def echo(value: object) -> object:
    return value


@wool.routine
async def pid() -> int:
    return os.getpid()


@wool.routine
async def hang(ear: str, key: object = "") -> None:
    """Report the start, the cancellation, then the end of the clean-up."""
    report(ear, "began", key)
    try:
        await forever()
    except asyncio.CancelledError:
        report(ear, "cancelled", key)
        raise
    finally:
        report(ear, "ended", key)


@wool.routine
async def nested_hang(ear: str, key: object = "") -> None:
    """Hang in a routine that is called from here."""
    await hang(ear, key)


@wool.routine
async def drip(ear: str, key: object = "") -> AsyncGenerator[int]:
    """Yield once, then hang in the next step as `hang` does."""
    try:
        yield 0
        report(ear, "began", key)
        await forever()
    except asyncio.CancelledError:
        report(ear, "cancelled", key)
        raise
    finally:
        report(ear, "ended", key)


@wool.routine
async def stubborn(ear: str) -> str:
    """Outlive every cancellation."""
    report(ear, "began")
    while True:
        try:
            await forever()
        except asyncio.CancelledError:
            report(ear, "cancelled")


@wool.routine
async def block(ear: str, seconds: float) -> None:
    """Keep the whole loop busy."""
    report(ear, "began")
    time.sleep(seconds)


@wool.routine
async def once(path: str, key: str) -> str:
    """Note that the task *key* has run."""
    append(path, key)
    return key


@wool.routine
async def noted_hang(path: str, ear: str, key: str) -> None:
    """Note that the task *key* has run, then hang."""
    append(path, key)
    report(ear, "began")
    await forever()


@wool.routine
async def exit_now(code: int) -> None:
    os._exit(code)


@wool.routine
async def exit_in_a_task() -> None:
    """Call `sys.exit` where asyncio lets it through to whoever runs the loop."""

    async def leave() -> None:
        sys.exit(3)

    await asyncio.gather(asyncio.create_task(leave()), return_exceptions=True)


@wool.routine
async def give_lock() -> object:
    return {"inside": [threading.Lock()]}


@wool.routine
async def yield_lock() -> AsyncGenerator[object]:
    yield 1
    yield threading.Lock()


@wool.routine
async def give_stranger() -> object:
    """Return an instance of a class whose module exists on this worker only."""
    return _stranger(object)


@wool.routine
async def raise_stranger() -> None:
    """Raise an exception of such a class."""
    raise _stranger(Exception, "a and b")


def _stranger(base: type, *args: object) -> Any:
    module = types.ModuleType("only_on_the_worker")
    sys.modules[module.__name__] = module
    kind = type("Local", (base,), {"__module__": module.__name__})
    vars(module)["Local"] = kind
    return kind(*args)


@wool.routine
async def brief(key: int, seconds: float) -> int:
    await asyncio.sleep(seconds)
    return key


@wool.routine
async def brief_nested(key: int, seconds: float) -> int:
    return await brief(key, seconds)


@wool.routine
async def brief_steps(key: int, seconds: float) -> AsyncGenerator[int]:
    for _ in range(3):
        await asyncio.sleep(seconds)
        yield key


@wool.routine
async def large(size: int) -> bytes:
    return bytes(size)


@wool.routine
async def noted(path: str, key: str, value: bytes) -> bytes:
    """Note that the task *key* has run, take a moment, and return *value*."""
    append(path, key)
    await asyncio.sleep(0.005)
    return value


@wool.routine
async def noted_nested(path: str, key: str) -> bytes:
    return await noted(path, key, b"")


@wool.routine
async def noted_steps(path: str, key: str) -> AsyncGenerator[int]:
    append(path, key)
    for number in range(3):
        await asyncio.sleep(0.002)
        yield number


@wool.routine
async def fail(text: str) -> None:
    raise ValueError(text)


@wool.routine
async def hang_quietly(value: bytes) -> None:
    await forever()


@wool.routine
async def size_of(value: bytes) -> int:
    return len(value)


@wool.routine
async def collect() -> None:
    """Free what is free but in cycles."""
    gc.collect()


@wool.routine
async def noted_id(path: str, key: str) -> str:
    """Note the id of the task that runs for *key*."""
    return await _note_task(path, key)


@wool.routine
async def noted_id_nested(path: str, key: str) -> str:
    """Have another routine note its task, perhaps on another worker."""
    return await noted_id(path, key)


@wool.routine
async def noted_id_steps(path: str, key: str) -> AsyncGenerator[int]:
    """Note the id of the task that runs for *key*, and yield twice."""
    await _note_task(path, key)
    yield 0
    await asyncio.sleep(0.001)
    yield 1


async def _note_task(path: str, key: str) -> str:
    task = wool.current_task()
    assert task is not None
    append(path, f"{key} {task.id}")
    await asyncio.sleep(0.001)
    return key


@wool.routine
async def placed(path: str, key: str, seconds: float) -> str:
    """Note in which process the task for *key* begins, and take a while."""
    append(path, f"{key} {os.getpid()}")
    await asyncio.sleep(seconds)
    return key
