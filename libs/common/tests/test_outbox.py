"""Gathering what waits to be said."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wool_common import frames as f
from wool_common.convert_client import PUT_CLIENT, read_client
from wool_common.outbox import HIGH_WATER, MESSAGE_BYTES, Outbox
from wool_common.pickling.values import CHUNK, Parcel, dump
from wool_common.transfers import Transfers
from wool_protocol.worker.v1 import service_pb2 as spb

KIB = 1024


class Side:
    """One side of a session, whose messages a test takes one by one."""

    def __init__(self) -> None:
        self.transfers = Transfers()
        self.outbox = Outbox(spb.SessionRequest, PUT_CLIENT, self.transfers)
        self.written: list[spb.SessionRequest] = []
        self._read = Transfers()

    async def write(self, message: spb.SessionRequest) -> None:
        """Take a message as a stream does, letting others run meanwhile."""
        self.written.append(message)
        await asyncio.sleep(0)

    def rest(self) -> list[spb.SessionRequest]:
        """Take every message that waits."""
        messages: list[spb.SessionRequest] = []
        while (message := self.outbox.take()) is not None:
            messages.append(message)
        return messages

    def heard(self, messages: list[spb.SessionRequest]) -> list[f.ClientFrame]:
        """Return the frames in *messages*."""
        return [read_client(x, self._read) for message in messages for x in message.frames]


def sized(task: int, size: int) -> f.Send:
    """Return a frame that carries *size* bytes."""
    return f.Send(task, bytes(size))


def large(size: int) -> Parcel:
    """Return a value that has to travel in pieces."""
    parcel = dump(bytearray(size))
    assert isinstance(parcel, Parcel)
    return parcel


def test_what_waits_goes_out_together() -> None:
    """A burst of frames becomes one message, in order."""
    side = Side()
    frames = [f.Next(task, 1) for task in range(1, 101)]

    for frame in frames:
        side.outbox.say(frame)
    messages = side.rest()

    assert len(messages) == 1
    assert side.heard(messages) == frames


def test_silence_is_no_message() -> None:
    """Where nothing waits, nothing is taken."""
    assert Side().outbox.take() is None


@given(st.lists(st.integers(0, 256 * KIB), max_size=30))
def test_messages_are_bounded_and_lose_no_frame(sizes: list[int]) -> None:
    """Whatever the sizes, order is kept and no message outgrows the bound by over one frame."""
    side = Side()
    frames = [sized(task, size) for task, size in enumerate(sizes, 1)]

    for frame in frames:
        side.outbox.say(frame)
    messages = side.rest()

    assert side.heard(messages) == frames
    assert all(len(message.frames) > 0 for message in messages)
    for message in messages:
        assert message.ByteSize() < MESSAGE_BYTES + 257 * KIB
    for message in messages[:-1]:  # all but the last are full
        assert message.ByteSize() > MESSAGE_BYTES // 2


def test_chunks_of_large_values_take_turns() -> None:
    """Of two large values neither waits for the other."""
    side = Side()

    side.outbox.say(f.Send(1, large(8 * CHUNK)))
    side.outbox.say(f.Send(2, large(8 * CHUNK)))
    chunks = [x for x in side.heard(side.rest()) if isinstance(x, f.Chunk)]

    turns = [chunk.transfer for chunk in chunks[:16]]
    assert turns in ([1, 2] * 8, [2, 1] * 8)


def test_small_frames_overtake_the_chunks_of_large_values() -> None:
    """What is said while a large value leaves goes with the next message, before its chunk."""
    side = Side()
    side.outbox.say(f.Send(1, large(8 * CHUNK)))
    side.heard([m for m in (side.outbox.take(), side.outbox.take()) if m])

    side.outbox.say(f.Next(2, 1))
    message = side.outbox.take()

    assert message is not None
    assert [x.WhichOneof("kind") for x in message.frames] == ["next", "chunk"]


def test_a_value_is_announced_before_its_first_chunk() -> None:
    """Also where another large value is leaving already."""
    side = Side()

    side.outbox.say(f.Send(1, large(4 * CHUNK)))
    frames = side.heard([m for m in (side.outbox.take(), side.outbox.take()) if m])
    side.outbox.say(f.Send(2, large(4 * CHUNK)))
    frames += side.heard(side.rest())

    for transfer, task in ((1, 1), (2, 2)):
        announced = next(
            i for i, x in enumerate(frames) if isinstance(x, f.Send) and x.task == task
        )
        pieces = [
            i for i, x in enumerate(frames) if isinstance(x, f.Chunk) and x.transfer == transfer
        ]
        assert announced < pieces[0]


def test_an_abandoned_value_costs_no_further_chunk() -> None:
    """Frames behind it still leave."""
    side = Side()
    parcel = large(8 * CHUNK)
    side.outbox.say(f.Send(1, parcel))
    side.heard([m for m in (side.outbox.take(), side.outbox.take()) if m])

    side.transfers.abandon(parcel)
    side.outbox.say(f.Cancel(1))

    assert side.heard(side.rest()) == [f.Cancel(1)]


def test_congestion_begins_above_high_water_and_ends_below() -> None:
    """An outbox is congested while more than the mark waits."""
    side = Side()
    assert not side.outbox.congested

    for task in range(1, HIGH_WATER // (256 * KIB) + 2):
        side.outbox.say(sized(task, 256 * KIB))
    above = side.outbox.congested
    while side.outbox.congested:
        assert side.outbox.take() is not None

    assert above
    assert side.outbox.take() is not None


@given(st.lists(st.integers(0, 2 * HIGH_WATER // 10), max_size=10))
def test_nothing_is_counted_once_all_was_taken(sizes: list[int]) -> None:
    """What an empty outbox believes to hold is nothing: one more full load fits as before."""
    side = Side()

    for task, size in enumerate(sizes, 1):
        side.outbox.say(sized(task, size))
    side.rest()
    side.outbox.say(sized(99, HIGH_WATER - 64))
    at_the_mark = side.outbox.congested
    side.outbox.say(f.Cancel(99))

    assert not at_the_mark
    assert side.outbox.congested


async def test_writers_wait_for_room() -> None:
    """A writer that asks for room goes on when the outbox is no longer congested."""
    side = Side()
    while not side.outbox.congested:
        side.outbox.say(sized(1, 256 * KIB))
    waiting = asyncio.ensure_future(side.outbox.room())
    await asyncio.sleep(0)
    before = waiting.done()

    while side.outbox.congested:
        side.outbox.take()
    await waiting

    assert not before


async def test_every_writer_gets_room_and_none_that_was_cancelled_is_in_the_way() -> None:
    """Room is given to all who wait for it."""
    side = Side()
    while not side.outbox.congested:
        side.outbox.say(sized(1, 256 * KIB))
    waiting = [asyncio.ensure_future(side.outbox.room()) for _ in range(3)]
    await asyncio.sleep(0)

    waiting[1].cancel()
    side.rest()
    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(result) for result in results] == [type(None), asyncio.CancelledError, type(None)]


async def test_there_is_room_without_waiting() -> None:
    """Where little waits, or the outbox was closed, nobody is held up."""
    side = Side()
    await side.outbox.room()

    while not side.outbox.congested:
        side.outbox.say(sized(1, 256 * KIB))
    side.outbox.close()

    await side.outbox.room()


async def test_closing_lets_writers_go() -> None:
    """A writer that waits for room is not forgotten when the outbox is closed."""
    side = Side()
    while not side.outbox.congested:
        side.outbox.say(sized(1, 256 * KIB))
    waiting = asyncio.ensure_future(side.outbox.room())
    await asyncio.sleep(0)

    side.outbox.close()

    async with asyncio.timeout(5):
        await waiting


async def test_the_pump_writes_what_is_said_while_it_waits() -> None:
    """A pump with nothing to write is woken by the next frame."""
    side = Side()
    pump = asyncio.ensure_future(side.outbox.pump(side.write))
    await asyncio.sleep(0)

    side.outbox.say(f.Next(1, 1))
    await asyncio.sleep(0)
    side.outbox.say(f.Next(1, 2))
    side.outbox.close()
    await pump

    assert [side.heard([message]) for message in side.written] == [[f.Next(1, 1)], [f.Next(1, 2)]]


async def test_the_pump_ends_once_everything_was_said() -> None:
    """Closing loses neither frames nor the chunks of large values."""
    side = Side()
    value = bytearray(b"wool" * CHUNK)
    parcel = dump(value)
    side.outbox.say(f.Send(1, parcel))
    side.outbox.say(f.Next(1, 1))

    side.outbox.close()
    await side.outbox.pump(side.write)

    frames = side.heard(side.written)
    assert isinstance(parcel, Parcel)
    assert sum(len(x.data) for x in frames if isinstance(x, f.Chunk)) == parcel.size
    assert f.Next(1, 1) in frames


async def test_what_is_said_alone_leaves_at_once() -> None:
    """A message need not wait for the pump's turn."""
    side = Side()
    pump = asyncio.ensure_future(side.outbox.pump(side.write))
    await asyncio.sleep(0)

    side.outbox.say(f.Next(1, 1), alone=True)
    at_once = side.heard(side.written)

    assert at_once == [f.Next(1, 1)]
    side.outbox.close()
    await pump


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=30))
@settings(deadline=None)
def test_order_is_kept_whoever_writes(bursts: list[tuple[bool, int]]) -> None:
    """Frames said alone overtake none before them, and no two writes overlap."""
    side = Side()
    frames = [f.Next(task, 1) for task in range(1, len(bursts) + 1)]
    writing = 0

    async def write(message: spb.SessionRequest) -> None:
        nonlocal writing
        assert not writing
        writing += 1
        side.written.append(message)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        writing -= 1

    async def main() -> None:
        pump = asyncio.ensure_future(side.outbox.pump(write))
        for frame, (alone, turns) in zip(frames, bursts, strict=True):
            side.outbox.say(frame, alone=alone)
            for _ in range(turns):
                await asyncio.sleep(0)
        side.outbox.close()
        await pump

    asyncio.run(main())

    assert side.heard(side.written) == frames


@pytest.mark.parametrize("alone", [False, True])
async def test_a_write_that_fails_ends_the_pump(alone: bool) -> None:
    """Whoever awaits the pump hears why."""
    side = Side()

    async def broken(message: spb.SessionRequest) -> None:
        raise ConnectionError("the stream is gone")

    pump = asyncio.ensure_future(side.outbox.pump(broken))
    await asyncio.sleep(0)
    side.outbox.say(f.Next(1, 1), alone=alone)

    with pytest.raises(ConnectionError, match="the stream is gone"):
        await pump


@pytest.mark.parametrize("alone", [False, True])
async def test_a_pump_that_has_ended_takes_nothing(alone: bool) -> None:
    """What is said after the session's end provably never left."""
    side = Side()
    pump = asyncio.ensure_future(side.outbox.pump(side.write))
    await asyncio.sleep(0)
    pump.cancel()
    await asyncio.wait([pump])

    side.outbox.say(f.Next(1, 1), alone=alone)

    assert side.outbox.unsaid() == [f.Next(1, 1)]
    assert side.written == []


def test_what_was_not_said_is_handed_back() -> None:
    """Frames that no message has taken provably never left."""
    side = Side()
    said = [sized(task, 256 * KIB) for task in range(1, 9)]
    for frame in said:
        side.outbox.say(frame)
    first = side.outbox.take()
    assert first is not None

    unsaid = side.outbox.unsaid()

    assert [*side.heard([first]), *unsaid] == said
    assert unsaid
    assert side.outbox.take() is None
    assert side.outbox.unsaid() == []


async def test_handing_back_gives_room() -> None:
    """A writer that waits is let go where nothing will be said any more."""
    side = Side()
    while not side.outbox.congested:
        side.outbox.say(sized(1, 256 * KIB))
    waiting = asyncio.ensure_future(side.outbox.room())
    await asyncio.sleep(0)

    side.outbox.unsaid()

    async with asyncio.timeout(5):
        await waiting
