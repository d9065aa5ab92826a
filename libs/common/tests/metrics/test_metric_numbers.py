"""The numbers behind metrics."""

from __future__ import annotations

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from wool_common.buckets import SECONDS
from wool_common.metrics.names import ACTIVE, METRICS, PAYLOAD_BYTES
from wool_common.metrics.numbers import Buckets, Counts, Reading, merged
from wool_common.metrics.routine_counts import add_all

DURATIONS = st.lists(st.floats(0, 100) | st.sampled_from(SECONDS))


@given(st.lists(DURATIONS, max_size=4))
def test_many_values_are_counted_as_each_on_its_own(batches: list[list[float]]) -> None:
    """Counting batches gives what counting value by value does."""
    together, alone = Buckets(SECONDS), Buckets(SECONDS)

    for batch in batches:
        add_all(together, batch)
        for value in batch:
            alone.add(value)

    assert together.counts == alone.counts
    assert abs(together.sum - alone.sum) < 1e-6


@given(st.floats(0, 100))
def test_a_bound_is_within_its_bucket(value: float) -> None:
    """Each value falls into the first bucket whose bound is not below it."""
    buckets = Buckets(SECONDS)

    buckets.add(value)

    assert buckets.counts.index(1) == bisect_left(SECONDS, value)


def test_what_several_sources_say_is_added_up() -> None:
    """One metric is told once, with the sum where labels are the same."""
    one = Reading(ACTIVE, {("client",): 2.0, ("worker",): 1.0})
    other = Reading(ACTIVE, {("client",): 3.0})
    sizes = [Reading(PAYLOAD_BYTES, {("sent",): Counts((1, 2), 5.0)}) for _ in range(2)]

    assert merged([one, *sizes, other]) == [
        Reading(ACTIVE, {("client",): 5.0, ("worker",): 1.0}),
        Reading(PAYLOAD_BYTES, {("sent",): Counts((2, 4), 10.0)}),
    ]


def test_every_metric_has_a_name_of_its_own() -> None:
    """Names are unique, and those of counters end in `_total`."""
    names = [metric.name for metric in METRICS]

    assert len(set(names)) == len(names)
    assert all(m.name.endswith("_total") == (m.kind.value == "counter") for m in METRICS)
