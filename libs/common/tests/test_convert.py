"""Frames at the border to protobuf."""

from __future__ import annotations

from types import MappingProxyType
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wool_common import frames as f
from wool_common.convert_client import GET_CLIENT, PUT_CLIENT, read_client
from wool_common.convert_worker import GET_WORKER, PUT_WORKER, read_worker
from wool_common.errors import ProtocolViolation
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import Parcel, dump
from wool_common.transfers import PAYLOAD, Transfers, landed
from wool_protocol.worker.v1 import frames_pb2 as pb

U32 = st.integers(0, 2**32 - 1)
U64 = st.integers(0, 2**64 - 1)
TASKS = st.integers(1, 2**64 - 1)
TOOK = st.floats(0, allow_nan=False)
SECONDS = st.none() | st.floats(0, allow_nan=False)
TEXT = st.text(max_size=20)
VALUES = st.binary(max_size=50)
FACTS = st.dictionaries(TEXT, TEXT, max_size=3)

WORKERS = st.builds(
    WorkerMetadata,
    uid=TEXT.map(WorkerId),
    address=TEXT,
    pid=U32,
    version=TEXT,
    tags=st.frozensets(TEXT, max_size=3),
    extra=FACTS.map(MappingProxyType),
    secure=st.booleans(),
    python=TEXT,
    protocol=U32,
)
CREWS = st.lists(WORKERS, max_size=3).map(tuple)
ROSTERS = st.builds(f.Roster, U64, CREWS)

FROM_CLIENT: dict[type[f.ClientFrame], st.SearchStrategy[f.ClientFrame]] = {
    f.Hello: st.builds(f.Hello, U32, TEXT, U32, TEXT, TEXT),
    f.OpenPool: st.builds(f.OpenPool, U32, TEXT, VALUES, ROSTERS),
    f.RosterChange: st.builds(
        f.RosterChange, U32, U64, CREWS, st.lists(TEXT, max_size=3).map(tuple)
    ),
    f.ClosePool: st.builds(f.ClosePool, U32),
    f.Define: st.builds(f.Define, U64, VALUES, TEXT),
    f.Start: st.builds(
        f.Start,
        *(TASKS, VALUES, U64, U32, VALUES, VALUES),
        *(SECONDS, SECONDS, st.booleans(), FACTS, st.booleans()),
    ),
    f.Next: st.builds(f.Next, TASKS, U32),
    f.Send: st.builds(f.Send, TASKS, VALUES),
    f.Throw: st.builds(f.Throw, TASKS, VALUES),
    f.Close: st.builds(f.Close, TASKS),
    f.Chunk: st.builds(f.Chunk, U64, VALUES),
    f.Cancel: st.builds(f.Cancel, TASKS),
}
FROM_WORKER: dict[type[f.WorkerFrame], st.SearchStrategy[f.WorkerFrame]] = {
    f.Welcome: st.builds(f.Welcome, WORKERS),
    f.Turned: st.builds(f.Turned, TEXT),
    f.Load: st.builds(f.Load, U32, U32),
    f.Draining: st.just(f.Draining()),
    f.Accepted: st.builds(f.Accepted, TASKS),
    f.Refused: st.builds(f.Refused, TASKS, U32, TEXT, TEXT, SECONDS),
    f.Yielded: st.builds(f.Yielded, TASKS, VALUES),
    f.Chunk: st.builds(f.Chunk, U64, VALUES),
    f.Cancelling: st.builds(f.Cancelling, TASKS),
    f.Returned: st.builds(f.Returned, TASKS, VALUES, TOOK),
    f.Raised: st.builds(f.Raised, TASKS, VALUES, TOOK),
    f.Cancelled: st.builds(f.Cancelled, TASKS, TOOK),
}

LARGE = {"numbers": bytearray(range(250)) * 3000, "word": "wool" * 100_000}

LARGE_FROM_CLIENT: list[f.Define | f.Start | f.Send | f.Throw] = [
    f.Define(1, dump(LARGE), "m.f:1"),
    f.Start(1, b"id", 1, 1, dump(LARGE)),
    f.Send(1, dump(LARGE)),
    f.Throw(1, dump(LARGE)),
]
LARGE_FROM_WORKER: list[f.Yielded | f.Returned | f.Raised] = [
    f.Yielded(1, dump(LARGE)),
    f.Returned(1, dump(LARGE)),
    f.Raised(1, dump(LARGE)),
]


def client_message(frame: f.ClientFrame, transfers: Transfers) -> pb.ClientFrame:
    """Return the message that carries *frame*, as it comes off the wire."""
    message = pb.ClientFrame()
    PUT_CLIENT[type(frame)](frame, message, transfers)
    return pb.ClientFrame.FromString(message.SerializeToString())


def worker_message(frame: f.WorkerFrame, transfers: Transfers) -> pb.WorkerFrame:
    """Return the message that carries *frame*, as it comes off the wire."""
    message = pb.WorkerFrame()
    PUT_WORKER[type(frame)](frame, message, transfers)
    return pb.WorkerFrame.FromString(message.SerializeToString())


def arrived(inbound: f.Payload, near: Transfers, far: Transfers) -> object:
    """Carry what *near* has to send to *far*, and return the value of *inbound*."""
    while (chunk := near.next_chunk()) is not None:
        far.feed(chunk)
    assert isinstance(inbound, Inbound)
    return inbound.load()


def carried(frame: f.Frame) -> f.Payload:
    """Return the value that *frame* carries."""
    payload = frame[PAYLOAD[type(frame)]]
    assert isinstance(payload, bytes | Parcel | Inbound)
    return payload


def test_every_frame_is_tried() -> None:
    """Both sides' frames and translations are complete."""
    assert set(FROM_CLIENT) == set(PUT_CLIENT) == set(get_args(f.ClientFrame))
    assert set(FROM_WORKER) == set(PUT_WORKER) == set(get_args(f.WorkerFrame))


def test_every_kind_of_the_schema_can_be_read() -> None:
    """No frame of the schema lacks a translation."""
    schema = {pb.ClientFrame: GET_CLIENT, pb.WorkerFrame: GET_WORKER}

    for message, get in schema.items():
        kinds = message.DESCRIPTOR.oneofs_by_name["kind"].fields
        assert {kind.name for kind in kinds} == set(get)


@given(st.one_of(*FROM_CLIENT.values()))
def test_what_a_client_says_survives_the_wire(frame: f.ClientFrame) -> None:
    """A frame becomes a message, bytes, a message, and the same frame."""
    transfers = Transfers()

    read = read_client(client_message(frame, transfers), transfers)

    assert type(read) is type(frame)
    assert read == frame


@given(st.one_of(*FROM_WORKER.values()))
def test_what_a_worker_says_survives_the_wire(frame: f.WorkerFrame) -> None:
    """A frame becomes a message, bytes, a message, and the same frame."""
    transfers = Transfers()

    read = read_worker(worker_message(frame, transfers), transfers)

    assert type(read) is type(frame)
    assert read == frame


def test_large_values_are_tried_wherever_a_value_can_be() -> None:
    """Each kind of frame that carries a value is tried with a large one."""
    assert {type(x) for x in (*LARGE_FROM_CLIENT, *LARGE_FROM_WORKER)} == set(PAYLOAD)


@pytest.mark.parametrize("frame", LARGE_FROM_CLIENT, ids=lambda frame: type(frame).__name__)
def test_large_values_of_clients_follow_in_chunks(frame: f.ClientFrame) -> None:
    """The message only announces a large value; its pieces make it whole."""
    near, far = Transfers(), Transfers()

    message = client_message(frame, near)
    read = read_client(message, far)

    assert message.ByteSize() < 200
    assert arrived(carried(read), near, far) == LARGE


@pytest.mark.parametrize("frame", LARGE_FROM_WORKER, ids=lambda frame: type(frame).__name__)
def test_large_values_of_workers_follow_in_chunks(frame: f.WorkerFrame) -> None:
    """The message only announces a large value; its pieces make it whole."""
    near, far = Transfers(), Transfers()

    message = worker_message(frame, near)
    read = read_worker(message, far)

    assert message.ByteSize() < 200
    assert arrived(carried(read), near, far) == LARGE


@pytest.mark.parametrize("frame", [*LARGE_FROM_CLIENT, *LARGE_FROM_WORKER])
def test_frames_land_as_they_would_over_a_wire(frame: f.Frame) -> None:
    """Without a wire between, a receiver still gets its own copy of a large value."""
    read = landed(frame)

    payload = carried(read)
    assert isinstance(carried(frame), Parcel)
    assert isinstance(payload, Inbound)
    assert payload.load() == LARGE
    assert [x for x in read if x is not payload] == [x for x in frame if x is not carried(frame)]


def test_what_has_arrived_is_not_sent_on() -> None:
    """A value that is still arriving cannot be put into a frame that leaves."""
    with pytest.raises(TypeError, match="Inbound"):
        client_message(f.Send(1, Inbound([])), Transfers())


# Field 99 belongs to no kind that this version knows.
UNKNOWN = bytes([0x9A, 0x06, 0x02, 0x08, 0x01])


@pytest.mark.parametrize("data", [b"", b"\x08\x07", UNKNOWN, b"\x08\x07" + UNKNOWN])
def test_frames_of_no_known_kind_are_blamed(data: bytes) -> None:
    """A frame that says nothing, or what this version does not know, breaks the contract."""
    with pytest.raises(ProtocolViolation, match="client frame of unknown kind"):
        read_client(pb.ClientFrame.FromString(data), Transfers())
    with pytest.raises(ProtocolViolation, match="worker frame of unknown kind"):
        read_worker(pb.WorkerFrame.FromString(data), Transfers())
