"""Tell a worker how to start over its standard input, where nobody else can read it."""

from __future__ import annotations

import pickle
import struct
from typing import Final, Protocol

from wool_common.errors import ProtocolViolation
from wool_common.startup import StartConfig

LIMIT: Final = 64 * 1024 * 1024
"""Bytes of the largest message; more is taken for a foreign one."""

_HEADER: Final = struct.Struct("!4sI")
_MAGIC: Final = b"wool"


class Readable(Protocol):
    """Where bytes come from; fewer than asked for come at the end alone."""

    def read(self, size: int, /) -> bytes: ...


def start_message(config: StartConfig) -> bytes:
    """Return what is to be written; it may hold keys."""
    body = pickle.dumps(config, protocol=5)
    return _HEADER.pack(_MAGIC, len(body)) + body


def read_start(source: Readable) -> StartConfig:
    """
    Return what was written; nothing after it is read.

    Raises:
        ProtocolViolation: what comes is nothing, torn, or something else.
    """
    header = source.read(_HEADER.size)
    if not header:
        raise ProtocolViolation("nothing came over standard input, which tells how to start")
    magic, size = _HEADER.unpack(header.ljust(_HEADER.size, b"\0"))
    if magic != _MAGIC or size > LIMIT:
        raise ProtocolViolation("what came over standard input does not tell how to start")
    body = source.read(size)
    if len(body) < size:
        raise ProtocolViolation("what came over standard input ends in the middle")
    try:
        told = pickle.loads(body)
    except Exception as exc:  # a broken pickle raises whatever it likes
        raise ProtocolViolation(
            f"what came over standard input cannot be read: {exc}; is whoever sent it of another"
            " release?"
        ) from exc
    if not isinstance(told, StartConfig):
        raise ProtocolViolation(f"a {type(told).__name__} does not tell how to start")
    return told
