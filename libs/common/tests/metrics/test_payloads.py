"""Values are counted by their size as their frames pass by."""

from __future__ import annotations

from typing import Any, cast

from wool_common import frames as f
from wool_common.metrics.numbers import Counts
from wool_common.metrics.payloads import BATCH, Payloads
from wool_common.pickling.values import Parcel, dump


def counts(payloads: Payloads, direction: str) -> Counts:
    """Return what is told of one direction."""
    (reading,) = payloads.read()
    return cast(Counts, reading.values[direction,])


def test_frames_pass_and_their_values_are_counted() -> None:
    """What has no value is not counted; what is large counts whole."""
    payloads, passed = Payloads(), list[Any]()
    parcel = dump(bytearray(1_000_000))
    assert isinstance(parcel, Parcel)
    said = [f.Accepted(1), f.Returned(1, b"x" * 100), f.Yielded(2, parcel), f.Returned(2, b"")]

    hear = payloads.heard(passed.append)
    say = payloads.said(lambda frame, *, alone=False: passed.append((frame, alone)))
    for frame in said:
        say(frame, alone=True)
    hear(f.Start(1, b"id", 1, 1, b"x" * 10))

    assert passed == [*((frame, True) for frame in said), f.Start(1, b"id", 1, 1, b"x" * 10)]
    sent, received = counts(payloads, "sent"), counts(payloads, "received")
    assert (sum(sent.counts), sent.sum) == (2, 100 + parcel.size)
    assert (sum(received.counts), received.sum) == (1, 10)


def test_many_are_counted_and_told_as_they_are() -> None:
    """However many there were, and however often somebody asked, each counts once."""
    payloads = Payloads()
    hear = payloads.heard(lambda frame: None)

    for number in range(3 * BATCH + 5):
        hear(f.Send(number, b"x"))
        if number % 100 == 0:
            counts(payloads, "received")

    assert counts(payloads, "received").sum == 3 * BATCH + 5
