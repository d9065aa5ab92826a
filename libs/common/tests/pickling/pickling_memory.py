"""
Sends a large value to its standard output, or receives it from its standard input.

Prints to standard error by how many bytes the memory of the process grew beyond the value.
"""

from __future__ import annotations

import pickle
import resource
import sys
import threading
from typing import Any

import numpy as np

from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import CHUNK, Parcel, dump

UNIT = 1 if sys.platform == "darwin" else 1024


def peak() -> int:
    """Return the most memory this process ever had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


def make(kind: str, size: int) -> Any:
    """Make a value of *size* bytes of real memory."""
    if kind == "array":
        return np.ones(size // 8)
    return b"x" * size if kind == "bytes" else bytearray(b"x") * size


def send(kind: str, size: int) -> int:
    """Write the value; return what that cost beyond the value itself."""
    value = make(kind, size)
    before = peak()
    parcel = dump((value,))
    assert isinstance(parcel, Parcel)
    pickle.dump(parcel.segments, sys.stdout.buffer)
    for chunk in parcel.chunks():
        sys.stdout.buffer.write(chunk)
    return peak() - before


def receive(kind: str, size: int) -> int:
    """Read the value; return what that cost beyond the value itself."""
    inbound = Inbound(pickle.load(sys.stdin.buffer))
    values: list[Any] = []
    before = peak()
    thread = threading.Thread(target=lambda: values.append(inbound.load()))
    thread.start()
    while data := sys.stdin.buffer.read(CHUNK):
        inbound.feed(data)
    thread.join()
    ((value,),) = values
    assert memoryview(value).nbytes == size
    assert type(value) is type(make(kind, 8))
    return peak() - before - size


if __name__ == "__main__":
    action, kind, size = sys.argv[1:]
    print({"send": send, "receive": receive}[action](kind, int(size)), file=sys.stderr)
