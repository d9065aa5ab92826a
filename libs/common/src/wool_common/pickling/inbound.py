"""Unpickle a large value while its bytes still arrive."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pickle import Unpickler
from threading import Condition, Lock
from typing import Final, cast

from wool_common.errors import ProtocolViolation
from wool_common.pickling.values import Segment, unreadable

_BYTEARRAY8: Final = b"\x80\x05\x96"
_STOP: Final = b"."


class Inbound:
    """
    The receiving end of a parcel.

    The event loop feeds it, one other thread loads from it; a load that waits for
    bytes ends with the last one of them or with `fail`.
    """

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = tuple(segments)
        self.size = self._missing = sum(segment.size for segment in self._segments)
        self._index = 0
        self._offset = 0
        self._changed = Condition(Lock())
        self._stream: deque[memoryview] = deque()
        self._target: memoryview | None = None
        self._filled = 0
        self._buffer: bytearray | None = None
        self._buffer_view: memoryview | None = None
        self._whole: deque[bytearray] = deque()
        self._error: BaseException | None = None
        self._closed = False

    def feed(self, data: bytes) -> bool:
        """
        Take the next bytes; True once all have come.

        Raises:
            ProtocolViolation: these are more than the segments announced.
        """
        rest = memoryview(data)
        if len(rest) > self._missing:
            raise ProtocolViolation(
                f"{len(rest)} bytes of a large value came where {self._missing} were missing"
            )
        with self._changed:
            while rest:
                rest = self._take(rest)
            if not self._missing:
                self._changed.notify_all()
        return not self._missing

    def fail(self, error: BaseException) -> None:
        """Make the load, waiting or to come, raise *error*; bytes that follow are dropped."""
        with self._changed:
            self._error = error
            self._drop()
            self._changed.notify_all()

    def load(self) -> object:
        """
        Return the value; blocks until its bytes are here.

        Raises:
            ModuleNotFoundError: the value needs a module that is not here.
            SerializationError: it cannot be unpickled for another reason.
        """
        try:
            return Unpickler(_Stream(self), buffers=self._buffers()).load()
        except Exception as error:
            failure = self._error
            if failure is None:
                raise unreadable(error) from error
        finally:
            with self._changed:
                self._drop()
        raise failure

    def read_into(self, target: memoryview) -> int:
        """Fill *target* from the stream; fewer bytes only where the stream ends."""
        done = 0
        while done < len(target):
            with self._changed:
                if not self._stream:
                    return self._wait_for(target, done)
                piece = self._stream.popleft()
                if len(piece) > len(target) - done:
                    self._stream.appendleft(piece[len(target) - done :])
                    piece = piece[: len(target) - done]
            target[done : done + len(piece)] = piece
            done += len(piece)
        return done

    def read(self, size: int) -> memoryview | bytearray:
        """Return the next *size* bytes of the stream, fewer only where it ends."""
        with self._changed:
            if self._stream and len(self._stream[0]) > size:
                piece = self._stream[0]
                self._stream[0] = piece[size:]
                return piece[:size]
        found = blank(size)
        with memoryview(found) as target:
            done = self.read_into(target)
        del found[done:]
        return found

    def _wait_for(self, target: memoryview, done: int) -> int:
        # From here on `feed` writes straight into the memory of the value.
        self._target = target
        self._filled = done
        try:
            self._changed.wait_for(
                lambda: self._filled == len(target) or not self._missing or self._error is not None
            )
        finally:
            self._target = None
        if self._error is not None:
            raise self._error
        return self._filled

    def _buffers(self) -> Iterator[bytearray]:
        for segment in self._segments:
            if segment.out_of_band and not segment.size:
                yield bytearray()
            elif segment.out_of_band:
                with self._changed:
                    self._changed.wait_for(lambda: self._whole or self._error is not None)
                    if self._error is not None:
                        raise self._error
                    buffer = self._whole.popleft()
                yield buffer

    def _take(self, rest: memoryview) -> memoryview:
        segment = self._segments[self._index]
        piece = rest[: segment.size - self._offset]
        size = len(piece)
        if not self._closed:
            if segment.out_of_band:
                self._fill_buffer(piece, segment.size)
            else:
                self._extend_stream(piece)
        self._missing -= size
        self._offset += size
        if self._offset == segment.size:
            self._index += 1
            self._offset = 0
        return rest[size:]

    def _fill_buffer(self, piece: memoryview, size: int) -> None:
        if self._buffer is None or self._buffer_view is None:
            try:
                self._buffer = blank(size)
            except MemoryError:
                self._error = MemoryError(f"a value has a buffer of {size} bytes")
                self._drop()
                self._changed.notify_all()
                return
            self._buffer_view = memoryview(self._buffer)
        end = self._offset + len(piece)
        self._buffer_view[self._offset : end] = piece
        if end == size:
            self._buffer_view.release()
            self._whole.append(self._buffer)
            self._buffer = self._buffer_view = None
            self._changed.notify_all()

    def _extend_stream(self, piece: memoryview) -> None:
        target = self._target
        if target is not None:
            wanted = len(target) - self._filled
            part, piece = piece[:wanted], piece[wanted:]
            target[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            if self._filled == len(target):
                self._changed.notify_all()
        if piece:
            self._stream.append(piece)

    def _drop(self) -> None:
        self._closed = True
        self._target = None
        self._stream.clear()
        self._whole.clear()
        if self._buffer_view is not None:
            self._buffer_view.release()
        self._buffer = self._buffer_view = None


class _Stream:
    """The part of a file that an unpickler needs."""

    __slots__ = ("_inbound", "readinto")

    def __init__(self, inbound: Inbound) -> None:
        self._inbound = inbound
        self.readinto = inbound.read_into

    def read(self, size: int) -> bytes:
        """Return the next *size* bytes."""
        # The unpickler takes any buffer, whatever its stubs say.
        return cast("bytes", self._inbound.read(size))

    def readline(self) -> bytes:
        """Return one line of the stream, for opcodes older than the protocol in use."""
        line = bytearray()
        while not line.endswith(b"\n"):
            byte = self.read(1)
            if not byte:
                break
            line += byte
        return bytes(line)


class _Header:
    """A pickle of a bytearray that leaves its contents as they are."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int) -> bytes:
        """Return the next *size* bytes."""
        data, self._data = self._data[:size], self._data[size:]
        return data

    def readline(self) -> bytes:
        """Return nothing: no opcode of this pickle asks for a line."""
        return b""

    def readinto(self, target: memoryview) -> int:
        """Claim to have filled *target*."""
        return len(target)


def blank(size: int) -> bytearray:
    """
    Return a bytearray of *size* bytes that are not yet anything.

    `bytearray(size)` writes zeros: 2.4 s for 1 GiB, with every other thread waiting.
    """
    header = _BYTEARRAY8 + size.to_bytes(8, "little") + _STOP
    blanked = Unpickler(_Header(header)).load()
    assert isinstance(blanked, bytearray)
    return blanked
