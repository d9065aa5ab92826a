"""Gather what waits to be said, so that it goes out together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

from wool_common.begun import Begun
from wool_common.frames import Chunk, Frame
from wool_common.transfers import PAYLOAD, Transfers

MESSAGE_BYTES: Final = 256 * 1024
"""A message is closed once it holds this much."""

HIGH_WATER: Final = 8 * 1024 * 1024
"""Bytes waiting to be said above which writers are asked to wait."""

FRAME_COST: Final = 64


class Message(Protocol):
    """A protobuf message that carries frames."""

    @property
    def frames(self) -> Any: ...  # a repeated field of a generated type


M = TypeVar("M", bound=Message)


class Outbox(Generic[M]):
    """
    What one side of a session still has to say, in order; lives on one event loop.

    Large values go out in pieces between the frames, so that neither delays the other.
    """

    def __init__(
        self,
        message: Callable[[], M],
        put: Mapping[type[Any], Callable[..., None]],
        transfers: Transfers,
    ) -> None:
        self._message = message
        self._put = put
        self._transfers = transfers
        self._queue: deque[Frame] = deque()
        self._bytes = 0
        self._pump: asyncio.Future[None] | None = None
        self._write: Callable[[M], Coroutine[Any, Any, None]] | None = None
        self._begun: Begun | None = None
        self._rooms: list[asyncio.Future[None]] = []
        self._idle = asyncio.Event()
        self._closed = False

    @property
    def congested(self) -> bool:
        """True while writers should wait for `room`."""
        return self._bytes > HIGH_WATER

    def say(self, frame: Frame, *, alone: bool = False) -> None:
        """
        Queue *frame*; it leaves with the next message.

        *alone* tells that nothing else is about to be said: the message then leaves at
        once, a turn of the loop earlier, see decisions/0014.
        """
        self._queue.append(frame)
        self._bytes += _cost(frame)
        pump = self._pump
        if pump is None or pump.done():  # it is at work, or has ended
            return
        if alone and self._write is not None:
            try:
                message = self.take()
            except Exception as exc:  # noqa: BLE001 - what cannot be sent ends the pump, not the speaker
                self._begun = Begun(_failing(exc))
            else:
                if message is not None:
                    self._begun = Begun(self._write(message))
        self._wake()

    def close(self) -> None:
        """Let the pump end once everything has been said."""
        self._closed = True
        self._wake()
        self._give_room()

    def unsaid(self) -> list[Frame]:
        """Return, and forget, what was never handed to the transport."""
        frames = list(self._queue)
        self._queue.clear()
        self._bytes = 0
        self._give_room()
        return frames

    def take(self) -> M | None:
        """Return the next message, None when nothing waits."""
        queue, transfers = self._queue, self._transfers
        if not queue and not transfers.is_leaving:
            return None

        message = self._message()
        frames = message.frames
        size = 0
        while queue and size < MESSAGE_BYTES:
            frame = queue.popleft()
            size += _cost(frame)
            self._put[type(frame)](frame, frames.add(), transfers)
        self._bytes -= size
        # At least one piece in every message, or a busy session would starve large values.
        while (chunk := transfers.next_chunk()) is not None:
            self._put[Chunk](chunk, frames.add(), transfers)
            size += len(chunk.data)
            if size >= MESSAGE_BYTES:
                break
        if self._rooms and not self.congested:
            self._give_room()
        return message if size else None

    async def room(self) -> None:
        """Wait until less than the high-water mark waits to be said."""
        while self.congested and not self._closed:
            future = asyncio.get_running_loop().create_future()
            self._rooms.append(future)
            await future

    async def emptied(self) -> None:
        """Wait until all that there is to say has been handed to the transport."""
        await self._idle.wait()

    async def pump(self, write: Callable[[M], Coroutine[Any, Any, None]]) -> None:
        """Write messages as they come until closed."""
        self._write = write
        while True:
            begun, self._begun = self._begun, None
            if begun is not None:
                await begun
            message = self.take()
            if message is not None:
                await write(message)
                continue
            self._idle.set()
            if self._closed:
                return
            self._pump = asyncio.get_running_loop().create_future()
            await self._pump

    def _wake(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None and not pump.done():
            self._idle.clear()
            pump.set_result(None)

    def _give_room(self) -> None:
        rooms, self._rooms = self._rooms, []
        for future in rooms:
            if not future.done():
                future.set_result(None)


def _cost(frame: Frame) -> int:
    index = PAYLOAD.get(type(frame))
    if index is None:
        return FRAME_COST
    payload = frame[index]
    return FRAME_COST + (len(payload) if type(payload) is bytes else 0)


async def _failing(exc: Exception) -> None:
    raise exc
