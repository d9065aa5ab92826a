"""Count values by their size, as their frames pass by."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, Protocol

from wool_common.metrics.names import BYTES, PAYLOAD_BYTES
from wool_common.metrics.numbers import Buckets, Counts, Reading
from wool_common.metrics.routine_counts import add_all
from wool_common.transfers import PAYLOAD

BATCH: Final = 256
"""Values that are counted together."""


class Say(Protocol):
    """Hands a frame on; *alone* where no other is about to follow."""

    def __call__(self, frame: Any, *, alone: bool = False) -> None: ...


class Sizes:
    """Sizes of values, put aside by one thread and counted many at a time."""

    def __init__(self) -> None:
        self._aside: list[int] = []
        self._buckets = Buckets(BYTES)
        self._lock = threading.Lock()

    def note(self, frame: Any) -> None:
        """Put aside how large the value in *frame* is, if there is one."""
        index = PAYLOAD.get(frame.__class__)
        if index is None:
            return
        payload = frame[index]
        aside = self._aside
        aside.append(len(payload) if payload.__class__ is bytes else payload.size)
        if len(aside) >= BATCH:
            with self._lock:  # or whoever reads meanwhile would see less than before
                self._aside = []
                _count(self._buckets, aside)

    def read(self) -> Counts:
        """Return the numbers of now, on any thread."""
        seen = Buckets(BYTES)
        with self._lock:
            seen.counts, seen.sum = self._buckets.counts.copy(), self._buckets.sum
            _count(seen, self._aside.copy())
        return seen.read()


class Payloads:
    """Sizes of the values that came and were sent; noted by one thread."""

    def __init__(self) -> None:
        self._received = Sizes()
        self._sent = Sizes()

    def heard(self, receive: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return *receive*, which counts what is received."""
        note = self._received.note

        def counted(frame: Any) -> None:
            note(frame)
            receive(frame)

        return counted

    def said(self, say: Say) -> Say:
        """Return *say*, which counts what is said."""
        note = self._sent.note

        def counted(frame: Any, *, alone: bool = False) -> None:
            note(frame)
            say(frame, alone=alone)

        return counted

    def read(self) -> list[Reading]:
        """Return what there is to tell."""
        values = {("received",): self._received.read(), ("sent",): self._sent.read()}
        return [Reading(PAYLOAD_BYTES, dict(values))]


def _count(buckets: Buckets, sizes: list[int]) -> None:
    add_all(buckets, [size for size in sizes if size])  # a generator's end carries nothing
