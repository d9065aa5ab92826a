"""Count values by their size, as their frames pass by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from wool_common.frames import Frame, payload_size
from wool_common.metrics.names import BYTES, PAYLOAD_BYTES
from wool_common.metrics.numbers import Buckets, Reading
from wool_common.transfers import PAYLOAD


class Say(Protocol):
    """Hands a frame on; *alone* where no other is about to follow."""

    def __call__(self, frame: Any, *, alone: bool = False) -> None: ...


class Payloads:
    """Sizes of the values that came and were sent; counted on one thread."""

    def __init__(self) -> None:
        self._received = Buckets(BYTES)
        self._sent = Buckets(BYTES)

    def heard(self, receive: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return *receive*, which counts what is received."""

        def counted(frame: Frame) -> None:
            _count(frame, self._received)
            receive(frame)

        return counted

    def said(self, say: Say) -> Say:
        """Return *say*, which counts what is said."""

        def counted(frame: Frame, *, alone: bool = False) -> None:
            _count(frame, self._sent)
            say(frame, alone=alone)

        return counted

    def read(self) -> list[Reading]:
        """Return what there is to tell."""
        values = {("received",): self._received.read(), ("sent",): self._sent.read()}
        return [Reading(PAYLOAD_BYTES, dict(values))]


def _count(frame: Frame, buckets: Buckets) -> None:
    index = PAYLOAD.get(type(frame))
    if index is not None:
        size = payload_size(frame[index])  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues]
        if size:  # the end of a generator carries nothing
            buckets.add(size)
