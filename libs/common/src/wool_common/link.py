"""The private channel between a parent and its local worker."""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import socket
import struct
import weakref
from functools import cache
from typing import Final

from wool_common.errors import ProtocolViolation
from wool_common.metadata import WorkerMetadata
from wool_common.startup import StartConfig, StartFailure, StopOrder

LIMIT: Final = 64 * 1024 * 1024
"""Bytes of the largest message; more is taken for a torn or foreign one."""

PATIENCE: Final = 10.0

_HEADER: Final = struct.Struct("!4sI")
_MAGIC: Final = b"wool"
_TORN: Final = "a message on the link ends in the middle"


class Link:
    """
    One end of a connected socket pair that carries pickled messages.

    All calls block. One thread may send while another receives. Nobody but the two
    processes holds the sockets, forked children included, so end-of-file means that the
    other process is gone, however it ended. The rest of a message that has begun is
    awaited for *patience* seconds.
    """

    def __init__(self, sock: socket.socket, *, patience: float = PATIENCE) -> None:
        sock.set_inheritable(False)
        sock.setblocking(True)
        self._sock = sock
        self._patience = patience
        _links().add(self)

    @property
    def is_open(self) -> bool:
        """Tell whether this end has not been closed here."""
        return self._sock.fileno() >= 0

    def close(self) -> None:
        """Close this end, waking a thread that receives; calling again does nothing."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def _send(self, message: object) -> None:
        body = pickle.dumps(message, protocol=5)
        if len(body) > LIMIT:
            raise ProtocolViolation(
                f"a {type(message).__name__} of {len(body)} bytes is over the limit of {LIMIT}"
            )
        try:
            self._sock.sendall(_HEADER.pack(_MAGIC, len(body)) + body)
        except OSError as exc:
            raise EOFError("the other process is gone") from exc

    def _receive(self, timeout: float | None) -> object:
        magic, size = _HEADER.unpack(self._read(_HEADER.size, timeout))
        if magic != _MAGIC:
            raise ProtocolViolation(f"expected a message on the link, got {magic!r}")
        if size > LIMIT:
            raise ProtocolViolation(f"a message of {size} bytes is over the limit of {LIMIT}")
        try:
            body = self._read(size, self._patience)
        except (EOFError, TimeoutError):
            raise ProtocolViolation(_TORN) from None
        try:
            return pickle.loads(body)
        except Exception as exc:  # a broken pickle raises whatever it likes
            raise ProtocolViolation(f"a message on the link cannot be read: {exc}") from exc

    def _read(self, size: int, timeout: float | None) -> bytes:
        pieces = bytearray()
        while len(pieces) < size:
            self._await_input(self._patience if pieces else timeout, begun=bool(pieces))
            try:
                piece = self._sock.recv(min(size - len(pieces), 1 << 20))
            except OSError:  # reset by the other process, or closed here by another thread
                piece = b""
            if piece:
                pieces += piece
            elif pieces:
                raise ProtocolViolation(_TORN)
            else:
                raise EOFError("the other process is gone")
        return bytes(pieces)

    def _await_input(self, timeout: float | None, *, begun: bool) -> None:
        # Not the socket's own timeout: a sender in another thread shares that.
        poll = select.poll()
        try:
            poll.register(self._sock, select.POLLIN)
            ready = poll.poll(None if timeout is None else timeout * 1000)
        except (OSError, ValueError):
            raise EOFError("this end is closed") from None
        if ready:
            return
        if begun:
            raise ProtocolViolation(_TORN)
        raise TimeoutError(f"nothing came over the link within {timeout} s")


class ParentLink(Link):
    """The parent's end."""

    @classmethod
    def pair(cls) -> tuple[ParentLink, socket.socket]:
        """Return the parent's end, and the socket that the worker is to inherit."""
        ours, theirs = socket.socketpair()
        return cls(ours), theirs

    def send(self, message: StartConfig | StopOrder) -> None:
        """
        Tell the worker *message*.

        Raises:
            EOFError: the worker is gone.
            ProtocolViolation: the message is too large.

        """
        self._send(message)

    def receive(self, timeout: float | None = None) -> WorkerMetadata | StartFailure:
        """
        Wait for the worker to be ready, or to say why it cannot be.

        Raises:
            EOFError: the worker is gone.
            TimeoutError: nothing came within *timeout* seconds.
            ProtocolViolation: what came is torn, oversized or foreign.

        """
        message = self._receive(timeout)
        if isinstance(message, WorkerMetadata | StartFailure):
            return message
        raise ProtocolViolation(f"a worker does not send a {type(message).__name__}")


class ChildLink(Link):
    """The worker's end."""

    @classmethod
    def inherited(cls, descriptor: int) -> ChildLink:
        """Return the end that the parent passed as *descriptor*; OSError where it is none."""
        if descriptor < 0:
            raise OSError(f"{descriptor} is no descriptor")
        sock = socket.socket(fileno=descriptor)
        if sock.family != socket.AF_UNIX or sock.type != socket.SOCK_STREAM:
            sock.detach()
            raise OSError(f"descriptor {descriptor} is another kind of socket")
        return cls(sock)

    def receive(self, timeout: float | None = None) -> StartConfig | StopOrder:
        """
        Wait for what the parent says next.

        Raises:
            EOFError: the parent is gone.
            TimeoutError: nothing came within *timeout* seconds.
            ProtocolViolation: what came is torn, oversized or foreign.

        """
        message = self._receive(timeout)
        if isinstance(message, StartConfig | StopOrder):
            return message
        raise ProtocolViolation(f"a parent does not send a {type(message).__name__}")

    def ready(self, metadata: WorkerMetadata) -> None:
        """Tell the parent that this worker serves; EOFError where the parent is gone."""
        self._send(metadata)

    def fail(self, text: str) -> None:
        """Tell the parent in one line why this worker cannot serve."""
        self._send(StartFailure(text))


@cache
def _links() -> weakref.WeakSet[Link]:
    """
    Return the links of this process, all closed in processes forked from it.

    A forked child that kept the descriptor would hide the end of this process from the
    other. Processes that are started, not forked, do not inherit it anyway.
    """
    os.register_at_fork(after_in_child=_close_inherited)
    return weakref.WeakSet()


def _close_inherited() -> None:
    for link in list(_links()):
        # Only this process's copy: a shutdown would end the conversation of the original.
        link._sock.close()  # pyright: ignore[reportPrivateUsage]
