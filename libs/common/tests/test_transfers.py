"""Large values on their way."""

from __future__ import annotations

import threading

import pytest

from wool_common.errors import ProtocolViolation, WoolError
from wool_common.frames import Chunk
from wool_common.pickling.inbound import Inbound
from wool_common.pickling.values import CHUNK, Parcel, dump
from wool_common.transfers import Transfers


def large(size: int = 4 * CHUNK) -> Parcel:
    """Return a value that has to travel in pieces."""
    parcel = dump(bytearray(size))
    assert isinstance(parcel, Parcel)
    return parcel


def pieces(transfers: Transfers) -> list[Chunk]:
    """Take all that *transfers* has to send."""
    found: list[Chunk] = []
    while (chunk := transfers.next_chunk()) is not None:
        found.append(chunk)
    return found


def test_a_value_arrives_as_it_left() -> None:
    """The pieces of an announced value make it whole."""
    near, far = Transfers(), Transfers()
    value = bytearray(b"wool" * CHUNK)
    parcel = dump(value)
    assert isinstance(parcel, Parcel)

    inbound = far.arrive(near.depart(parcel), list(parcel.segments))
    for piece in pieces(near):
        far.feed(piece)

    assert inbound.load() == value


def test_numbers_count_up() -> None:
    """Each value that leaves has a number of its own, larger than those before."""
    transfers = Transfers()

    assert [transfers.depart(large()) for _ in range(3)] == [1, 2, 3]


def test_pieces_are_bounded() -> None:
    """No piece is larger than the limit."""
    transfers = Transfers()

    transfers.depart(large(3 * CHUNK + 7))

    assert max(len(piece.data) for piece in pieces(transfers)) == CHUNK


def test_values_take_turns() -> None:
    """Two large values advance at the same pace, and one that joins late waits for neither."""
    transfers = Transfers()

    transfers.depart(large())
    transfers.depart(large())
    first = [transfers.next_chunk() for _ in range(4)]
    transfers.depart(large())
    second = [transfers.next_chunk() for _ in range(3)]

    assert [piece.transfer for piece in first if piece] == [1, 2, 1, 2]
    assert sorted(piece.transfer for piece in second if piece) == [1, 2, 3]


def test_nothing_is_left_once_all_was_sent() -> None:
    """Transfers that are over are forgotten."""
    transfers = Transfers()
    transfers.depart(large())

    assert transfers.is_leaving
    pieces(transfers)

    assert not transfers.is_leaving


def test_an_abandoned_value_is_not_sent_on() -> None:
    """The other values still are."""
    transfers = Transfers()
    unwanted = large()
    transfers.depart(unwanted)
    transfers.depart(large())

    transfers.next_chunk()
    transfers.abandon(unwanted)

    assert {piece.transfer for piece in pieces(transfers)} == {2}


def test_the_same_value_can_leave_again() -> None:
    """A value that was abandoned half-way leaves whole the next time."""
    transfers = Transfers()
    parcel = large()
    transfers.depart(parcel)
    transfers.next_chunk()
    transfers.abandon(parcel)

    number = transfers.depart(parcel)

    sent = pieces(transfers)
    assert {piece.transfer for piece in sent} == {number}
    assert sum(len(piece.data) for piece in sent) == parcel.size


def test_an_unannounced_piece_is_blamed() -> None:
    """A piece of a value nobody told of breaks the contract."""
    transfers = Transfers()

    with pytest.raises(ProtocolViolation, match="transfer 1 came unannounced"):
        transfers.feed(Chunk(1, b"x"))


@pytest.mark.parametrize("number", [1, 2])
def test_an_announcement_is_made_once(number: int) -> None:
    """A number that was used cannot be used again, nor one before it."""
    transfers = Transfers()
    transfers.arrive(2, list(large().segments))

    with pytest.raises(ProtocolViolation, match=f"transfer {number} was announced twice"):
        transfers.arrive(number, list(large().segments))


def test_more_than_was_announced_is_blamed() -> None:
    """A piece that does not fit into what is missing breaks the contract."""
    transfers = Transfers()
    parcel = large()
    transfers.arrive(1, list(parcel.segments))

    with pytest.raises(ProtocolViolation, match="bytes of a large value came"):
        transfers.feed(Chunk(1, bytes(parcel.size + 1)))


def test_late_pieces_of_a_complete_value_are_dropped() -> None:
    """What comes for a value that is whole already is ignored, as one forgotten would be."""
    near, far = Transfers(), Transfers()
    parcel = large()
    inbound = far.arrive(near.depart(parcel), list(parcel.segments))
    sent = pieces(near)
    for piece in sent:
        far.feed(piece)

    far.feed(sent[-1])

    assert inbound.load() == bytearray(4 * CHUNK)


def test_late_pieces_of_a_forgotten_value_are_dropped() -> None:
    """Pieces that were under way when a value was forgotten do no harm."""
    near, far = Transfers(), Transfers()
    parcel, other = large(), large()
    unwanted = far.arrive(near.depart(parcel), list(parcel.segments))
    wanted = far.arrive(near.depart(other), list(other.segments))

    far.forget(unwanted)
    for piece in pieces(near):
        far.feed(piece)

    assert wanted.load() == bytearray(4 * CHUNK)


def test_failure_wakes_readers() -> None:
    """Whoever waits for a value hears that it will not come."""
    transfers = Transfers()
    inbound = transfers.arrive(1, list(large().segments))
    heard: list[BaseException] = []
    reader = threading.Thread(target=_read, args=(inbound, heard))
    reader.start()

    transfers.fail(WoolError("the session has ended"))
    reader.join(10)

    assert [str(error) for error in heard] == ["the session has ended"]


def test_failure_is_heard_by_later_readers() -> None:
    """A value that is asked for after the end fails as well."""
    transfers = Transfers()
    inbound = transfers.arrive(1, list(large().segments))

    transfers.fail(WoolError("the session has ended"))

    with pytest.raises(WoolError, match="the session has ended"):
        inbound.load()


def test_failure_spares_what_is_complete() -> None:
    """A value whose pieces have all come can be read after the end."""
    near, far = Transfers(), Transfers()
    parcel = large()
    inbound = far.arrive(near.depart(parcel), list(parcel.segments))
    for piece in pieces(near):
        far.feed(piece)

    far.fail(WoolError("the session has ended"))

    assert inbound.load() == bytearray(4 * CHUNK)


def test_failure_ends_what_leaves() -> None:
    """No further piece is sent."""
    transfers = Transfers()
    transfers.depart(large())

    transfers.fail(WoolError("the session has ended"))

    assert not transfers.is_leaving
    assert transfers.next_chunk() is None


def _read(inbound: Inbound, heard: list[BaseException]) -> None:
    try:
        inbound.load()
    except WoolError as error:
        heard.append(error)
