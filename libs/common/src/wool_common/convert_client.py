"""Translate what a client says between frames and protobuf messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from wool_common import frames as f
from wool_common.convert_values import (
    Transfers,
    pack_metadata,
    pack_value,
    unpack_metadata,
    unpack_value,
)
from wool_common.errors import ProtocolViolation
from wool_protocol.worker.v1 import frames_pb2 as pb

# Fields are set in place: building a sub-message and assigning it copies it.


def _put_hello(x: f.Hello, m: pb.ClientFrame, _: Transfers) -> None:
    h = m.hello
    h.protocol, h.python, h.pickle, h.client, h.version = x


def _put_open_pool(x: f.OpenPool, m: pb.ClientFrame, t: Transfers) -> None:
    m.open_pool.pool = x.pool
    m.open_pool.id = x.id
    pack_value(x.scope, m.open_pool.scope, t)
    m.open_pool.roster.version = x.roster.version
    for member in x.roster.members:
        pack_metadata(member, m.open_pool.roster.members.add())


def _put_roster_change(x: f.RosterChange, m: pb.ClientFrame, _: Transfers) -> None:
    m.roster_change.pool = x.pool
    m.roster_change.version = x.version
    for member in x.joined:
        pack_metadata(member, m.roster_change.joined.add())
    m.roster_change.left.extend(x.left)


def _put_close_pool(x: f.ClosePool, m: pb.ClientFrame, _: Transfers) -> None:
    m.close_pool.pool = x.pool


def _put_define(x: f.Define, m: pb.ClientFrame, t: Transfers) -> None:
    m.define.callable = x.callable
    pack_value(x.payload, m.define.payload, t)
    m.define.tag = x.tag


def _put_start(x: f.Start, m: pb.ClientFrame, t: Transfers) -> None:
    m.task = x.task
    s = m.start
    s.id = x.id
    s.callable = x.callable
    s.pool = x.pool
    pack_value(x.arguments, s.arguments, t)
    if x.caller:
        s.caller = x.caller
    if x.timeout is not None:
        s.timeout_seconds = x.timeout
    if x.dispatch_timeout is not None:
        s.dispatch_timeout_seconds = x.dispatch_timeout
    if x.stream:
        s.stream = True
    if x.headers:
        s.headers.update(x.headers)
    if x.timed:
        s.timed = True


def _put_next(x: f.Next, m: pb.ClientFrame, _: Transfers) -> None:
    m.task = x.task
    m.next.credit = x.credit


def _put_send(x: f.Send, m: pb.ClientFrame, t: Transfers) -> None:
    m.task = x.task
    pack_value(x.value, m.send.value, t)


def _put_throw(x: f.Throw, m: pb.ClientFrame, t: Transfers) -> None:
    m.task = x.task
    pack_value(x.error, m.throw.error, t)


def _put_close(x: f.Close, m: pb.ClientFrame, _: Transfers) -> None:
    m.task = x.task
    m.close.SetInParent()


def _put_cancel(x: f.Cancel, m: pb.ClientFrame, _: Transfers) -> None:
    m.task = x.task
    m.cancel.SetInParent()


def _put_chunk(x: f.Chunk, m: pb.ClientFrame, _: Transfers) -> None:
    m.chunk.transfer = x.transfer
    m.chunk.data = x.data


PUT_CLIENT: Final[Mapping[type[f.ClientFrame], Callable[..., None]]] = {
    f.Hello: _put_hello,
    f.OpenPool: _put_open_pool,
    f.RosterChange: _put_roster_change,
    f.ClosePool: _put_close_pool,
    f.Define: _put_define,
    f.Start: _put_start,
    f.Next: _put_next,
    f.Send: _put_send,
    f.Throw: _put_throw,
    f.Close: _put_close,
    f.Cancel: _put_cancel,
    f.Chunk: _put_chunk,
}


def _get_open_pool(m: pb.ClientFrame, t: Transfers) -> f.OpenPool:
    x = m.open_pool
    members = tuple(unpack_metadata(w) for w in x.roster.members)
    roster = f.Roster(x.roster.version, members)
    return f.OpenPool(x.pool, x.id, unpack_value(x.scope, t), roster)


def _get_roster_change(m: pb.ClientFrame, _: Transfers) -> f.RosterChange:
    x = m.roster_change
    joined = tuple(unpack_metadata(w) for w in x.joined)
    return f.RosterChange(x.pool, x.version, joined, tuple(x.left))


def _get_start(m: pb.ClientFrame, t: Transfers) -> f.Start:
    x = m.start
    return f.Start(
        m.task,
        x.id,
        x.callable,
        x.pool,
        unpack_value(x.arguments, t),
        x.caller,
        x.timeout_seconds if x.HasField("timeout_seconds") else None,
        x.dispatch_timeout_seconds if x.HasField("dispatch_timeout_seconds") else None,
        x.stream,
        dict(x.headers) if x.headers else f.NO_HEADERS,
        x.timed,
    )


def _get_hello(m: pb.ClientFrame, _: Transfers) -> f.Hello:
    x = m.hello
    return f.Hello(x.protocol, x.python, x.pickle, x.client, x.version)


GET_CLIENT: Final[Mapping[str, Callable[[pb.ClientFrame, Transfers], f.ClientFrame]]] = {
    "hello": _get_hello,
    "open_pool": _get_open_pool,
    "roster_change": _get_roster_change,
    "close_pool": lambda m, t: f.ClosePool(m.close_pool.pool),
    "define": lambda m, t: f.Define(
        m.define.callable, unpack_value(m.define.payload, t), m.define.tag
    ),
    "start": _get_start,
    "next": lambda m, t: f.Next(m.task, m.next.credit),
    "send": lambda m, t: f.Send(m.task, unpack_value(m.send.value, t)),
    "throw": lambda m, t: f.Throw(m.task, unpack_value(m.throw.error, t)),
    "close": lambda m, t: f.Close(m.task),
    "cancel": lambda m, t: f.Cancel(m.task),
    "chunk": lambda m, t: f.Chunk(m.chunk.transfer, m.chunk.data),
}


def read_client(m: pb.ClientFrame, transfers: Transfers) -> f.ClientFrame:
    """Return the frame in *m*, or blame the peer for an empty or unknown one."""
    kind = m.WhichOneof("kind")
    if kind is None:
        raise ProtocolViolation("a client frame of unknown kind arrived")
    return GET_CLIENT[kind](m, transfers)
