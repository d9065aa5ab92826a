"""Turn values into bytes that travel, uncopied where they are large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pickle import dumps, loads
from typing import Final, cast

from wool_common.errors import SerializationError
from wool_common.pickling.pickler import INLINE_LIMIT as INLINE_LIMIT
from wool_common.pickling.pickler import Pickler, Sink

CHUNK: Final = 256 * 1024

_SHORT: Final = 4096
_FEW: Final = 32
_DEPTH: Final = 3
_JOINED: Final = 64 * 1024
_ATOMS: Final = frozenset({int, float, bool, type(None)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A run of bytes that is sent in one go; *out_of_band* ones are no part of the stream."""

    size: int
    out_of_band: bool


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """A large value: *views* of its bytes, one per segment, most of them the caller's own."""

    segments: tuple[Segment, ...]
    views: tuple[memoryview, ...]
    size: int

    def chunks(self) -> Iterator[memoryview]:
        """Yield all bytes in order, in pieces that never span segments."""
        for view in self.views:
            for start in range(0, view.nbytes, CHUNK):
                yield view[start : start + CHUNK]

    def detached(self) -> Parcel:
        """Return the same value in memory of its own, which nobody changes."""
        views = tuple(memoryview(bytes(view)) for view in self.views)
        return Parcel(self.segments, views, self.size)


Pickled = bytes | Parcel


def dump(value: object, *, exceptions: bool = False, root: str = "value") -> Pickled:
    """
    Pickle *value*: bytes where they are few, else a parcel of the caller's memory.

    With *exceptions*, those inside keep traceback, cause, context and notes. *root* is
    what an error calls the value; `call` stands for a pair (args, kwargs).

    Raises:
        SerializationError: something inside cannot be pickled; its path says what.
    """
    if _is_plain(value, _DEPTH):
        data = dumps(value, 5)
        if len(data) <= INLINE_LIMIT:
            return data
    return pack(value, exceptions=exceptions, root=root)[0]


def pack(
    value: object, *, exceptions: bool = False, root: str = "value"
) -> tuple[Pickled, Pickler]:
    """Pickle *value* as `dump` does; the pickler knows what travels by value."""
    sink = Sink()
    pickler = Pickler(sink, exceptions=exceptions)
    try:
        pickler.dump(value)
    except Exception as error:
        raise _unpicklable(value, root, error) from error
    pieces = sink.pieces
    if len(pieces) == 1 and len(pieces[0]) <= INLINE_LIMIT:
        return cast("bytes", pieces[0]), pickler
    if sum(map(len, pieces)) <= INLINE_LIMIT:
        return b"".join(pieces), pickler
    return _parcel(sink), pickler


def load(data: bytes | bytearray | memoryview) -> object:
    """
    Unpickle what `dump` returned as bytes.

    Raises:
        ModuleNotFoundError: the value needs a module that is not here.
        SerializationError: anything else that went wrong.
    """
    try:
        return loads(data)
    except Exception as error:
        raise unreadable(error) from error


def unreadable(error: Exception) -> Exception:
    """Return the error to raise where unpickling ended in *error*."""
    if isinstance(error, SerializationError):
        return error
    if isinstance(error, ModuleNotFoundError):
        return ModuleNotFoundError(
            f"{error}: install it where the value is unpickled, or put the folder it is in on"
            " the PYTHONPATH there",
            name=error.name,
            path=error.path,
        )
    hint = ""
    if isinstance(error, (AttributeError, ImportError)):
        hint = " (is another version of that module installed here?)"
    return SerializationError(
        f"the value cannot be unpickled: {type(error).__name__}: {error}{hint}"
    )


def _is_plain(value: object, depth: int) -> bool:
    kind = type(value)
    if kind in _ATOMS:
        return True
    if kind is str or kind is bytes:
        return len(cast("str", value)) <= _SHORT
    if kind is tuple or kind is list:
        items = cast("list[object]", value)
        if len(items) > _FEW or not depth:
            return False
        for item in items:
            if type(item) not in _ATOMS and not _is_plain(item, depth - 1):
                return False
        return True
    if kind is dict:
        pairs = cast("dict[object, object]", value)
        if not pairs:
            return True
        if len(pairs) > _FEW or not depth:
            return False
        for key, item in pairs.items():
            if not _is_plain(key, depth - 1) or not _is_plain(item, depth - 1):
                return False
        return True
    return False


def _parcel(sink: Sink) -> Parcel:
    views: list[memoryview] = []
    segments: list[Segment] = []
    small: list[bytes | memoryview] = []
    aside = frozenset(sink.out_of_band)

    def add(piece: bytes | memoryview, *, out_of_band: bool = False) -> None:
        views.append(memoryview(piece))
        segments.append(Segment(size=len(piece), out_of_band=out_of_band))

    def flush() -> None:
        if small:
            add(small[0] if len(small) == 1 else b"".join(small))
            small.clear()

    for index, piece in enumerate(sink.pieces):
        if index in aside:
            flush()
            add(piece, out_of_band=True)
        elif len(piece) >= _JOINED:
            flush()
            add(piece)
        elif piece:
            small.append(piece)
    flush()
    return Parcel(tuple(segments), tuple(views), sum(segment.size for segment in segments))


def _unpicklable(value: object, root: str, error: Exception) -> SerializationError:
    from wool_common.pickling.culprit import blame

    return blame(value, root, error)
