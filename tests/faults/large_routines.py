"""Routines for values of a gigabyte."""

from __future__ import annotations

import zlib

import memory
import numpy as np

import wool

BASIS = bytes(range(256)) * 4096
"""One MiB."""


def made(kind: str, size: int) -> object:
    """Return a value of *size* bytes."""
    if kind == "bytes":
        return BASIS * (size // len(BASIS))
    value = np.empty(size // 8, dtype=np.int64)
    value.reshape(-1, len(BASIS) // 8)[:] = np.frombuffer(BASIS, dtype=np.int64)
    return value


def check(value: object) -> int:
    """Return the checksum of *value*."""
    return zlib.crc32(memoryview(value))  # pyright: ignore[reportArgumentType]


@wool.routine
async def prepare(kind: str, size: int) -> int:
    """Make what `give` gives, and let the worker's peak begin here; return its memory."""
    Kept.value = made(kind, size) if size else None
    memory.reset_peak()
    return memory.resident()


@wool.routine
async def give() -> object:
    return Kept.value


@wool.routine
async def take(value: object) -> int:
    return check(value)


@wool.routine
async def worker_peak() -> int:
    return memory.peak()


class Kept:
    value: object = None
