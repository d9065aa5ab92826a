"""What a TXT record tells of a worker."""

from __future__ import annotations

import json
import random
import string
import zlib
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wool_common.discovery.lan_records import FORM, MOST, ROOM, LanRecord, decode, encode, label
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerId, WorkerMetadata

ALICE = WorkerMetadata(uid=WorkerId("alice"), address="", pid=7, tags=frozenset({"gpu"}))

TEXTS = st.text(min_size=1, max_size=40)
NUMBERS = st.integers(min_value=0, max_value=2**32 - 1)
WORKERS = st.builds(
    WorkerMetadata,
    uid=TEXTS.map(WorkerId),
    address=st.just(""),
    pid=NUMBERS,
    version=TEXTS,
    tags=st.frozensets(st.text(min_size=1, max_size=400), max_size=8),
    extra=st.dictionaries(st.text(), st.text(max_size=400), max_size=8).map(MappingProxyType),
    secure=st.booleans(),
    python=TEXTS,
    protocol=NUMBERS,
)
RECORDS = st.builds(
    LanRecord,
    worker=WORKERS,
    namespace=st.none() | TEXTS,
    host=st.none() | TEXTS,
    revision=NUMBERS,
)


@given(RECORDS)
def test_records_cross_whole_or_say_what_they_lack(record: LanRecord) -> None:
    """What was encoded is decoded, but for tags and extra where they did not fit."""
    data = encode(record)
    told = decode(data)

    bare = replace(record.worker, tags=frozenset(), extra={})
    expected = record if told.complete else replace(record, worker=bare, complete=False)
    assert told == expected
    assert len(data) <= ROOM


@given(RECORDS, st.data())
def test_a_damaged_record_is_a_record_or_blamed(record: LanRecord, data: st.DataObject) -> None:
    """Bytes that changed on the way never raise anything but DiscoveryError."""
    damaged = bytearray(encode(record))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))

    with suppress(DiscoveryError):
        decode(bytes(damaged))


@given(st.binary(max_size=600))
def test_any_bytes_are_a_record_or_blamed(data: bytes) -> None:
    """Whatever arrives, nothing but DiscoveryError is raised."""
    with pytest.raises(DiscoveryError):
        decode(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from(["uid", "ns", "host", "pid", "version", "python", "protocol", "secure"])
        | st.sampled_from(["rest", "tags", "extra", "future"]),
        JSON,
    )
)
def test_any_facts_are_a_record_or_blamed(facts: dict[str, object]) -> None:
    """Facts of wrong types are told from a worker's."""
    good = {"uid": "a", "pid": 1, "version": "1", "python": "3.11", "protocol": 1}
    try:
        told = decode(packed(json.dumps(good | facts).encode()))
    except DiscoveryError:
        return

    assert all(isinstance(tag, str) for tag in told.worker.tags)
    assert all(isinstance(text, str) for text in told.worker.extra.values())
    assert isinstance(told.worker.uid, str)


def test_a_small_record_can_be_read_by_people() -> None:
    """What tools that list services show is plain text."""
    data = encode(LanRecord(worker=ALICE))

    assert b'"uid":"alice"' in data
    assert b'"tags":["gpu"]' in data


def test_long_tags_are_packed_before_they_are_left_out() -> None:
    """Words that repeat take little room; noise that does not fit is left out."""
    repeating = replace(ALICE, tags=frozenset(f"rack-{n}-of-the-north-hall" for n in range(99)))
    noise = random.Random(0).choices(string.printable, k=4000)
    noisy = replace(ALICE, extra=MappingProxyType({"noise": "".join(noise)}))

    assert decode(encode(LanRecord(worker=repeating))) == LanRecord(worker=repeating)
    assert not decode(encode(LanRecord(worker=noisy))).complete


def test_a_uid_that_does_not_fit_is_refused() -> None:
    """What cannot be left out must fit."""
    uid = WorkerId("".join(random.Random(0).choices(string.printable, k=4000)))

    with pytest.raises(DiscoveryError, match="longer than 1100 bytes"):
        encode(LanRecord(worker=replace(ALICE, uid=uid)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "does not say w=1", id="empty"),
        pytest.param(b"\x03w=2", "does not say w=1", id="of a later version"),
        pytest.param(b"\x09w=1", "cut off", id="a string too short"),
        pytest.param(encode(LanRecord(worker=ALICE))[:-9], "cut off", id="cut"),
        pytest.param(b"\x03w=1\x05j1={}", "piece is missing", id="without its first piece"),
        pytest.param(b"\x03w=1\x05j0=[]", "no JSON object", id="a list"),
        pytest.param(b"\x03w=1\x05z0=xy", "cannot be unpacked", id="packed badly"),
    ],
)
def test_malformed_records_are_blamed_for_what_is_wrong(data: bytes, reason: str) -> None:
    """The one line that is logged tells what to look for."""
    with pytest.raises(DiscoveryError, match=reason.replace("no JSON", "not a JSON")):
        decode(data)


def test_a_bomb_is_not_unfolded() -> None:
    """A record that would take much memory is refused before it does."""
    bomb = zlib.compress(b" " * (MOST + 1))

    with pytest.raises(DiscoveryError, match="longer than 65536 bytes"):
        decode(packed(bomb, kind=b"z"))


def test_deep_nesting_is_no_record() -> None:
    """Brackets without end do not exhaust the stack."""
    with pytest.raises(DiscoveryError, match="not JSON"):
        decode(packed(b"[" * 50_000))


def test_labels_are_names_of_dns_and_differ() -> None:
    """Any uid in any namespace has a label of its own, which every resolver takes."""
    uids = ["a", "A", "a.b", "a-b", "ä" * 80, "x" * 300, ""]
    labels = {label(uid, namespace) for uid in uids for namespace in (None, "", "team")}

    assert len(labels) == 21
    assert all(len(one) <= 63 and one.isascii() and "." not in one for one in labels)


def packed(body: bytes, kind: bytes = b"j") -> bytes:
    """Return TXT data that holds *body*."""
    pieces = [body[at : at + 200] for at in range(0, len(body), 200)]
    strings = [FORM, *(b"%s%d=%s" % (kind, n, piece) for n, piece in enumerate(pieces))]
    return b"".join(bytes([len(one)]) + one for one in strings)
