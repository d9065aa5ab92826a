"""Parcels are unpickled while they arrive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wool_common.errors import ProtocolViolation, SerializationError
from wool_common.pickling.inbound import Inbound, blank
from wool_common.pickling.values import INLINE_LIMIT, Parcel, Segment, dump

LARGE = INLINE_LIMIT + 1000
LIMIT = 30.0

SIZES = (0, 10, 70_000, LARGE)

PIECES: st.SearchStrategy[Any] = (
    st.binary(max_size=50)
    | st.text(max_size=50)
    | st.sampled_from(
        [
            *map(bytes, SIZES),
            *map(bytearray, SIZES),
            *("é" * size for size in SIZES),
            *(list(range(size)) for size in (3, 30_000)),
        ]
    )
)


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    """Lend threads to load in."""
    with ThreadPoolExecutor(4) as pool:
        yield pool


def parcel(value: object) -> Parcel:
    made = dump(value)
    assert isinstance(made, Parcel)
    return made


def whole(made: Parcel) -> bytes:
    return b"".join(made.views)


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        for size in sizes:
            if start < len(data):
                yield data[start : start + size]
                start += size


@given(
    value=st.lists(PIECES, min_size=1, max_size=6),
    sizes=st.lists(st.integers(1000, 400_000), min_size=1, max_size=5),
    early=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_any_value_arrives_in_any_pieces(
    pool: ThreadPoolExecutor, value: list[Any], sizes: list[int], *, early: bool
) -> None:
    """Whatever the pieces, and whether loading begins before or after they come."""
    made = parcel([*value, np.arange(50_000), bytes(LARGE)])
    inbound = Inbound(made.segments)
    loaded = pool.submit(inbound.load) if early else None

    ends = [inbound.feed(piece) for piece in cut(whole(made), sizes)]

    result = cast("list[Any]", (loaded or pool.submit(inbound.load)).result(LIMIT))
    assert result[:-2] == value
    assert (result[-2] == np.arange(50_000)).all()
    assert ends == [False] * (len(ends) - 1) + [True]


def test_loading_proceeds_while_pieces_come(pool: ThreadPoolExecutor) -> None:
    """What lies before a large value is unpickled before that value is complete."""
    seen = threading.Event()
    made = parcel([Signal(), bytes(LARGE)])
    SIGNALS.append(seen)
    inbound = Inbound(made.segments)
    loaded = pool.submit(inbound.load)
    *chunks, last = map(bytes, made.chunks())

    for chunk in chunks:
        inbound.feed(chunk)

    assert seen.wait(LIMIT)
    assert not loaded.done()
    inbound.feed(last)
    assert loaded.result(LIMIT) == [None, bytes(LARGE)]


SIGNALS: list[threading.Event] = []


def signal() -> None:
    SIGNALS.pop().set()


class Signal:
    def __reduce__(self) -> Any:
        return signal, ()


def test_arrays_arrive_writable_without_a_second_copy(pool: ThreadPoolExecutor) -> None:
    """The memory that was filled is the memory of the array."""
    frozen = np.ones(100_000)
    frozen.setflags(write=False)
    made = parcel([np.zeros(100_000), frozen])
    inbound = Inbound(made.segments)
    for chunk in made.chunks():
        inbound.feed(bytes(chunk))

    first, second = cast("list[Any]", pool.submit(inbound.load).result(LIMIT))

    assert first.flags.writeable
    assert not second.flags.writeable
    first[0] = 7.0
    assert (first[0], second[0]) == (7.0, 1.0)


@pytest.mark.parametrize("fed", [0, 1, 3], ids=["before any byte", "after one", "in the middle"])
@pytest.mark.parametrize("large", ["in band", "out of band"])
def test_failing_wakes_a_load_that_waits(pool: ThreadPoolExecutor, large: str, fed: int) -> None:
    """A load blocked on bytes raises the very error it is given."""
    made = parcel([bytes(5 * LARGE)] if large == "in band" else [np.zeros(LARGE)])
    inbound = Inbound(made.segments)
    loaded = pool.submit(inbound.load)
    for _, chunk in zip(range(fed), made.chunks(), strict=False):
        inbound.feed(bytes(chunk))
    error = ConnectionError("gone")

    inbound.fail(error)

    assert loaded.exception(LIMIT) is error


def test_failing_with_a_cancellation_passes(pool: ThreadPoolExecutor) -> None:
    """Errors that are no `Exception` end a load as well."""
    inbound = Inbound(parcel(bytes(LARGE)).segments)
    loaded = pool.submit(inbound.load)
    error = GeneratorExit()

    inbound.fail(error)

    assert loaded.exception(LIMIT) is error


def test_failing_first_makes_the_load_fail_at_once() -> None:
    """A load that begins after the failure does not wait."""
    made = parcel(bytes(LARGE))
    inbound = Inbound(made.segments)
    error = ConnectionError("gone")
    inbound.fail(error)

    with pytest.raises(ConnectionError) as caught:
        inbound.load()

    assert caught.value is error


def test_bytes_after_a_failure_are_dropped() -> None:
    """They are counted, so that the end is noticed, and not kept."""
    made = parcel(bytes(LARGE))
    inbound = Inbound(made.segments)
    inbound.fail(ConnectionError("gone"))

    assert [inbound.feed(bytes(chunk)) for chunk in made.chunks()][-1] is True


def test_more_bytes_than_announced_are_a_violation() -> None:
    """The peer may not send what it did not announce."""
    inbound = Inbound([Segment(size=3, out_of_band=False)])

    with pytest.raises(ProtocolViolation, match=r"4 bytes .* 3 were missing"):
        inbound.feed(b"four")
    assert inbound.feed(b"thr") is True
    with pytest.raises(ProtocolViolation):
        inbound.feed(b"x")


@pytest.mark.parametrize(
    ("segments", "data"),
    [
        ([], b""),
        ([Segment(size=0, out_of_band=True)], b""),
        ([Segment(size=2, out_of_band=False)], b"\x80\x05"),
        ([Segment(size=10, out_of_band=False)], b"\x80\x05\x8e\xff\xff\x00\x00\x00\x00\x00"),
        ([Segment(size=4, out_of_band=False)], b"\x80\x05\x97."),
    ],
    ids=["nothing", "an empty buffer", "a cut stream", "a size that is never met", "no buffer"],
)
def test_a_load_of_what_is_cut_ends(
    pool: ThreadPoolExecutor, segments: list[Segment], data: bytes
) -> None:
    """Once all announced bytes are there, nothing is waited for."""
    inbound = Inbound(segments)
    loaded: Future[object] = pool.submit(inbound.load)
    if data:
        inbound.feed(data)

    assert isinstance(loaded.exception(LIMIT), SerializationError)


def test_an_error_in_loading_drops_what_follows(pool: ThreadPoolExecutor) -> None:
    """After a failed load further bytes cost no memory and no error."""
    made = parcel(bytes(5 * LARGE))
    inbound = Inbound(made.segments)
    inbound.feed(b"\xff" * 20)

    assert isinstance(pool.submit(inbound.load).exception(LIMIT), SerializationError)
    assert [inbound.feed(bytes(7)) for _ in range(3)] == [False] * 3


def test_blank_memory_is_writable_and_of_its_size() -> None:
    """It is an ordinary bytearray, but for its contents."""
    memory = blank(100_000)

    memory[:] = bytes(100_000)

    assert type(memory) is bytearray
    assert memory == bytes(100_000)
