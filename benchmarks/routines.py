"""The routines the benchmarks call, in a module that workers import."""

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import wool


@wool.routine
async def noop(value: int) -> int:
    """Return *value*."""
    return value


@wool.routine
async def count(until: int) -> AsyncGenerator[int, None]:
    """Yield the numbers below *until*."""
    for number in range(until):
        yield number


@wool.routine
async def echo(value: object) -> object:
    """Return *value*, however large."""
    return value


@wool.routine
async def fib(n: int) -> int:
    """Return the Fibonacci number *n* by two nested calls."""
    if n <= 1:
        return n
    async with asyncio.TaskGroup() as group:
        one = group.create_task(fib(n - 1))
        two = group.create_task(fib(n - 2))
    return one.result() + two.result()


@wool.routine
async def swallow(value: bytes) -> int:
    """Return the size of *value*."""
    return len(value)


@wool.routine
async def produce(size: int) -> bytes:
    """Return *size* bytes."""
    return b"\x01" * size


@wool.routine
async def memory() -> tuple[int, int, int]:
    """Return this worker's pid, its resident memory now, its resident peak, in KiB."""
    return os.getpid(), *resident()


@wool.routine
async def forget_peak() -> None:
    """Let this worker's peak begin again at what it has now."""
    reset_peak()


def resident() -> tuple[int, int]:
    """Return this process's resident memory and its peak, in KiB (Linux)."""
    facts = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(facts["VmRSS"].split()[0]), int(facts["VmHWM"].split()[0])


def reset_peak() -> None:
    """Let this process's peak begin again at its resident memory of now (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")
