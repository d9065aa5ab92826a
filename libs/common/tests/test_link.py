"""The link between a parent and its worker."""

from __future__ import annotations

import math
import os
import pickle
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from wool_common.errors import ProtocolViolation
from wool_common.link import LIMIT, ChildLink, ParentLink
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.startup import StartConfig, StartFailure, StopOrder, is_loopback

CONFIG = StartConfig(
    uid=WorkerId("w-1"),
    sys_path=("/a", "/b"),
    tags=frozenset({"gpu"}),
    extra={"zone": "x"},
    socket_path="/run/w",
    backpressure=b"hook",
)
READY = WorkerMetadata(uid=WorkerId("w-1"), address="unix:/run/w", extra={"zone": "x"})


@pytest.fixture
def pair() -> Iterator[tuple[ParentLink, ChildLink]]:
    parent, theirs = ParentLink.pair()
    child = ChildLink.inherited(theirs.detach())
    yield parent, child
    parent.close()
    child.close()


@pytest.fixture
def stranger() -> Iterator[tuple[ParentLink, socket.socket]]:
    """Give a parent whose worker is no worker at all."""
    parent, theirs = ParentLink.pair()
    yield parent, theirs
    parent.close()
    theirs.close()


@pytest.mark.parametrize("told", [CONFIG, StopOrder(2.5), StopOrder(math.inf)])
def test_worker_is_told_what_the_parent_says(
    pair: tuple[ParentLink, ChildLink], told: StartConfig | StopOrder
) -> None:
    """A message arrives as it was sent."""
    parent, child = pair

    parent.send(told)

    assert child.receive(timeout=5) == told


def test_parent_is_told_that_the_worker_serves(pair: tuple[ParentLink, ChildLink]) -> None:
    """The metadata arrives whole, its extra facts included."""
    parent, child = pair

    child.ready(READY)

    assert parent.receive(timeout=5) == READY


def test_parent_is_told_why_the_worker_cannot_serve(pair: tuple[ParentLink, ChildLink]) -> None:
    """A failure is a message, not only an end."""
    parent, child = pair

    child.fail("the port is taken")

    assert parent.receive(timeout=5) == StartFailure("the port is taken")


def test_messages_keep_their_order_and_borders(pair: tuple[ParentLink, ChildLink]) -> None:
    """Messages that wait together are read one by one."""
    parent, child = pair

    parent.send(CONFIG)
    parent.send(StopOrder(1.0))

    assert [child.receive(5), child.receive(5)] == [CONFIG, StopOrder(1.0)]


def test_message_larger_than_the_socket_buffer_passes(pair: tuple[ParentLink, ChildLink]) -> None:
    """A large hook crosses in as many reads as it takes."""
    parent, child = pair
    large = StartConfig(uid=WorkerId("w"), sys_path=(), backpressure=os.urandom(8 << 20))
    sender = threading.Thread(target=parent.send, args=(large,))

    sender.start()
    told = child.receive(timeout=5)
    sender.join()

    assert told == large


@pytest.mark.parametrize("ours", [0, 1])
def test_end_of_the_other_process_is_end_of_file(
    pair: tuple[ParentLink, ChildLink], ours: int
) -> None:
    """A receiver learns that the other side is gone."""
    pair[1 - ours].close()

    with pytest.raises(EOFError):
        pair[ours].receive(timeout=5)


def test_sending_to_a_process_that_is_gone_is_end_of_file(
    pair: tuple[ParentLink, ChildLink],
) -> None:
    """A sender learns it too."""
    parent, child = pair
    child.close()

    with pytest.raises(EOFError):
        parent.send(StopOrder(0.0))


def test_silence_ends_in_a_timeout(pair: tuple[ParentLink, ChildLink]) -> None:
    """A receiver waits no longer than it was told to."""
    with pytest.raises(TimeoutError):
        pair[0].receive(timeout=0.01)


def test_closing_wakes_a_receiver_in_another_thread(pair: tuple[ParentLink, ChildLink]) -> None:
    """A thread that waits on a link does not outlive it."""
    parent, _ = pair
    ended: list[type[BaseException]] = []

    def receive() -> None:
        try:
            parent.receive()
        except EOFError as exc:
            ended.append(type(exc))

    receiver = threading.Thread(target=receive)
    receiver.start()
    parent.close()
    receiver.join(5)

    assert ended == [EOFError]
    assert not parent.is_open


def test_closing_twice_is_fine(pair: tuple[ParentLink, ChildLink]) -> None:
    """A second close does nothing."""
    pair[0].close()
    pair[0].close()


def packed(body: bytes, *, magic: bytes = b"wool", size: int | None = None) -> bytes:
    """Return *body* as a message, or as something like one."""
    return struct.pack("!4sI", magic, len(body) if size is None else size) + body


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (b"woo", "ends in the middle"),
        (packed(b"", size=100), "ends in the middle"),
        (packed(b"half", size=100), "ends in the middle"),
        (packed(b"", size=LIMIT + 1), "over the limit"),
        (packed(b"x", magic=b"HTTP"), "expected a message on the link, got b'HTTP'"),
        (packed(b"no pickle"), "cannot be read"),
        (packed(b""), "cannot be read"),
        (packed(pickle.dumps(StopOrder(1.0))), "a worker does not send a StopOrder"),
        (packed(pickle.dumps([1])), "a worker does not send a list"),
    ],
)
def test_what_is_no_message_is_a_clear_error(
    stranger: tuple[ParentLink, socket.socket], sent: bytes, complaint: str
) -> None:
    """Torn, oversized and foreign messages are told apart, and never waited for."""
    parent, theirs = stranger

    theirs.sendall(sent)
    theirs.close()

    with pytest.raises(ProtocolViolation, match=complaint):
        parent.receive(timeout=5)


@pytest.mark.parametrize("sent", [b"wo", packed(b"half", size=100)])
def test_rest_of_a_message_is_not_waited_for_without_end(
    sent: bytes,
) -> None:
    """A peer that stops in the middle of a message, and lives on, is noticed."""
    ours, theirs = socket.socketpair()
    parent = ParentLink(ours, patience=0.01)

    with theirs:
        theirs.sendall(sent)
        with pytest.raises(ProtocolViolation, match="ends in the middle"):
            parent.receive(timeout=5)
    parent.close()


def test_too_large_a_message_is_refused_by_its_sender(
    pair: tuple[ParentLink, ChildLink],
) -> None:
    """The error names the message and both sizes, before anything is sent."""
    parent, child = pair
    huge = StartConfig(uid=WorkerId("w"), sys_path=(), backpressure=bytes(LIMIT))

    with pytest.raises(ProtocolViolation, match=f"a StartConfig of .* the limit of {LIMIT}"):
        parent.send(huge)
    parent.send(StopOrder(1.0))

    assert child.receive(timeout=5) == StopOrder(1.0)


def test_parent_says_nothing_else(pair: tuple[ParentLink, ChildLink]) -> None:
    """A worker refuses what only a worker says."""
    parent, child = pair
    parent.send(READY)  # pyright: ignore[reportArgumentType]

    with pytest.raises(ProtocolViolation, match="a parent does not send a WorkerMetadata"):
        child.receive(timeout=5)


def test_a_number_that_is_no_link_is_refused() -> None:
    """Closed descriptors, files and other sockets are no links, and stay open."""
    reader, writer = os.pipe()
    os.close(writer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for descriptor in (reader, writer, other.fileno(), -1):
            with pytest.raises(OSError, match=r".+"):
                ChildLink.inherited(descriptor)
        os.fstat(other.fileno())
    os.close(reader)


def test_forked_process_does_not_hide_the_end_of_its_original(
    pair: tuple[ParentLink, ChildLink],
) -> None:
    """A fork closes its copies of the links, so end-of-file still means the end."""
    parent, child = pair
    gate_reader, gate_writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(gate_writer)
        os.read(gate_reader, 1)  # until the original lets go
        os._exit(0)
    try:
        child.close()

        with pytest.raises(EOFError):
            parent.receive(timeout=5)
    finally:
        os.close(gate_writer)
        os.close(gate_reader)
        os.waitpid(pid, 0)


def test_secrets_are_not_shown() -> None:
    """Credentials and hooks do not appear in a configuration's text."""
    config = StartConfig(uid=WorkerId("w"), sys_path=(), credentials=b"key", backpressure=b"hook")

    assert "key" not in repr(config)
    assert "hook" not in repr(config)


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("worker.example", False),
        ("localhost.example", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, alone: bool) -> None:
    """Names other than localhost count as reachable by others."""
    assert is_loopback(host) is alone
