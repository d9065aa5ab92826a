"""Values become bytes, or a parcel of the caller's memory."""

from __future__ import annotations

import pickle
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pickling_link import Peer
from pickling_samples import Colour, Point, Shop, double, triple

from wool_common.pickling.values import CHUNK, INLINE_LIMIT, Parcel, dump, load

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.sampled_from([Point(1, 2), Colour.RED, double])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.frozensets(st.integers() | st.text())
    ),
    max_leaves=30,
)


def parcel(value: object) -> Parcel:
    made = dump(value)
    assert isinstance(made, Parcel)
    return made


def arrays(*views: memoryview) -> list[Any]:
    return [np.frombuffer(view, dtype=np.uint8) for view in views]


@given(VALUES)
def test_what_is_loaded_equals_what_was_dumped(value: object) -> None:
    """Nested values survive, and plain pickle reads them too."""
    data = dump(value)

    assert isinstance(data, bytes)
    assert load(data) == value
    assert pickle.loads(data) == value


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_load_reads_any_buffer(kind: type) -> None:
    """What came from the wire need not be copied before it is loaded."""
    data = dump(((1, "a"), None))

    assert load(kind(data)) == ((1, "a"), None)


def test_identity_inside_a_value_is_kept() -> None:
    """What was one object is one object again."""
    shared = [1]

    first, second = cast("list[object]", load(cast("bytes", dump([shared, shared]))))

    assert first is second


@pytest.mark.parametrize(
    "value",
    [b"x" * (INLINE_LIMIT - 100), bytearray(INLINE_LIMIT - 100), np.zeros(30_000)],
    ids=["bytes", "bytearray", "array"],
)
def test_values_up_to_the_limit_are_bytes(value: Any) -> None:
    """A small value is a plain pickle, also one with a buffer."""
    data = dump(value)

    assert isinstance(data, bytes)
    assert bytes(cast("Any", load(data))) == bytes(value)


@pytest.mark.parametrize(
    "value",
    [
        b"x" * INLINE_LIMIT,
        "x" * INLINE_LIMIT,
        10 ** (3 * INLINE_LIMIT),
        list(range(200_000)),
        [bytes(70_000) for _ in range(4)],
    ],
    ids=["bytes", "str", "int", "list", "several"],
)
def test_values_over_the_limit_are_parcels(value: object) -> None:
    """A large value is a parcel whose sizes add up."""
    made = parcel(value)

    assert made.size > INLINE_LIMIT
    assert made.size == sum(segment.size for segment in made.segments)
    assert [view.nbytes for view in made.views] == [segment.size for segment in made.segments]


def test_chunks_are_slices_in_order() -> None:
    """Chunks are bounded, never span segments, and make up the whole."""
    made = parcel([bytes(INLINE_LIMIT * 3 + 1), np.arange(100_000), "end"])

    chunks = list(made.chunks())

    assert max(chunk.nbytes for chunk in chunks) == CHUNK
    assert b"".join(chunks) == b"".join(made.views)
    assert {id(chunk.obj) for chunk in chunks} == {id(view.obj) for view in made.views}


def test_a_parcel_refers_to_the_memory_of_the_caller() -> None:
    """Neither bytes, nor a bytearray, nor an array is copied."""
    blob, field, array = bytes(1_000_000), bytearray(1_000_000), np.arange(200_000)

    made = parcel([blob, field, array])

    large = [view for view in made.views if view.nbytes > CHUNK]
    sources = arrays(memoryview(blob), memoryview(field), memoryview(cast("Any", array)).cast("B"))
    pairs = zip(arrays(*large), sources, strict=True)
    assert [np.shares_memory(view, source) for view, source in pairs] == [True] * 3


def test_medium_arrays_in_a_parcel_are_not_copied_either() -> None:
    """An array too small to go out of band is referred to all the same."""
    first, second = np.arange(20_000), np.arange(20_000)

    made = parcel([first, second, *(np.zeros(20_000) for _ in range(3))])

    views = arrays(*made.views)
    assert any(np.shares_memory(view, first) for view in views)
    assert any(np.shares_memory(view, second) for view in views)


def test_a_buffer_comes_before_the_frame_that_needs_it() -> None:
    """Segments are in the order in which they were produced."""
    made = parcel([np.zeros(100_000), np.ones(100_000)])

    assert [segment.out_of_band for segment in made.segments] == [True, True, False]


@pytest.mark.parametrize("order", ["fortran", "strided", "transposed"])
def test_arrays_of_any_layout_pass(order: str) -> None:
    """An array that is not contiguous is sent in band."""
    base = np.arange(1_000_000.0).reshape(1000, 1000)
    array = {"fortran": np.asfortranarray(base), "strided": base[::2, ::3], "transposed": base.T}

    made = parcel(array[order])
    data = b"".join(
        view
        for view, segment in zip(made.views, made.segments, strict=True)
        if not segment.out_of_band
    )
    buffers = [
        view for view, segment in zip(made.views, made.segments, strict=True) if segment.out_of_band
    ]

    assert (pickle.loads(data, buffers=buffers) == array[order]).all()


def test_a_parcel_forgets_the_caller_when_it_is_dropped() -> None:
    """A bytearray can grow again once its parcel is gone."""
    field = bytearray(1_000_000)

    made = parcel(field)
    del made
    field.append(1)

    assert len(field) == 1_000_001


def test_functions_and_closures_cross(peer: Peer) -> None:
    """By name where they can be imported, by value otherwise."""
    factor = 3

    def scale(x: int) -> int:
        return double(x) * factor

    def use(fn: Any, x: int) -> int:
        return fn(x)

    assert peer.call(use, scale, 2) == 12
    assert peer.echo([double, triple, Shop.price, Shop.label]) == [
        double,
        triple,
        Shop.price,
        Shop.label,
    ]


def test_functions_in_one_value_share_their_globals(peer: Peer) -> None:
    """What one function of a namespace sets, another one sees."""
    space: dict[str, Any] = {"__name__": "__main__", "count": 0}
    exec(
        "def bump():\n    global count\n    count += 1\ndef look():\n    return count",
        space,
    )

    def use(bump: Any, look: Any) -> int:
        bump()
        return look()

    assert peer.call(use, space["bump"], space["look"]) == 1
    assert space["count"] == 0
