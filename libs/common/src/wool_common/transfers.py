"""Number the large values that leave a session, and place those that arrive."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from copy import copy
from typing import Final, TypeVar, cast

from wool_common.errors import ProtocolViolation
from wool_common.frames import Chunk, Define, Frame, Raised, Returned, Send, Start, Throw, Yielded
from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import Parcel, Segment

PAYLOAD: Final[Mapping[type[Frame], int]] = {
    Define: 1,
    Start: 4,
    Send: 1,
    Throw: 1,
    Yielded: 1,
    Returned: 1,
    Raised: 1,
}
"""Where the frames that carry a value carry it."""

F = TypeVar("F", bound=Frame)


def landed(frame: F) -> F:
    """Return *frame* as its receiver would see it, where no wire lies between."""
    index = PAYLOAD.get(type(frame))
    if index is None or not isinstance(frame[index], Parcel):
        return frame
    parcel = cast(Parcel, frame[index])
    inbound = Inbound(parcel.segments)
    for piece in parcel.chunks():
        inbound.feed(bytes(piece))
    return type(frame)(*frame[:index], inbound, *frame[index + 1 :])  # pyright: ignore[reportArgumentType, reportCallIssue]


class Transfers:
    """Number the large values that leave, and find a place for those that arrive."""

    def __init__(self) -> None:
        self._leaving: deque[tuple[int, Parcel, Iterator[memoryview]]] = deque()
        self._arriving: dict[int, Inbound] = {}
        self._last_left = 0
        self._last_arrived = 0

    def depart(self, parcel: Parcel) -> int:
        """Give *parcel* a number; its chunks follow."""
        self._last_left += 1
        self._leaving.append((self._last_left, parcel, parcel.chunks()))
        return self._last_left

    def abandon(self, parcel: Parcel) -> None:
        """Send no further chunk of *parcel*."""
        self._leaving = deque(t for t in self._leaving if t[1] is not parcel)

    def next_chunk(self) -> Chunk | None:
        """Return the next piece of the next parcel in turn, None when none waits."""
        while self._leaving:
            number, parcel, chunks = self._leaving.popleft()
            piece = next(chunks, None)
            if piece is not None:
                self._leaving.append((number, parcel, chunks))
                return Chunk(number, bytes(piece))
        return None

    @property
    def is_leaving(self) -> bool:
        """True while chunks wait."""
        return bool(self._leaving)

    def arrive(self, transfer: int, segments: list[Segment]) -> Inbound:
        """Open a place for a value that will arrive in chunks."""
        if transfer <= self._last_arrived:
            raise ProtocolViolation(f"transfer {transfer} was announced twice")
        self._last_arrived = transfer
        inbound = self._arriving[transfer] = Inbound(segments)
        return inbound

    def feed(self, chunk: Chunk) -> None:
        """Hand a piece to the value it belongs to; pieces of a forgotten one are dropped."""
        inbound = self._arriving.get(chunk.transfer)
        if inbound is None:
            if chunk.transfer > self._last_arrived:
                raise ProtocolViolation(f"a piece of transfer {chunk.transfer} came unannounced")
            return
        if inbound.feed(chunk.data):
            del self._arriving[chunk.transfer]

    def forget(self, inbound: Inbound) -> None:
        """Drop whatever still arrives for *inbound*."""
        self._arriving = {n: i for n, i in self._arriving.items() if i is not inbound}

    def fail(self, error: BaseException) -> None:
        """Wake whoever waits for a value that will not arrive any more."""
        self._leaving.clear()
        arriving, self._arriving = self._arriving, {}
        for inbound in arriving.values():
            inbound.fail(copy(error))  # each is raised on its own, with its own traceback
