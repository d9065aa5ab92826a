"""Keep the identity of classes that travel by value."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pickle import loads
from typing import Final, NamedTuple
from uuid import uuid4
from weakref import ref

from wool_common.pickling.snapshots import Snapshot

Setter = Callable[[type, object], object]


class Origin:
    """
    Where a class comes from, and which revision of it this process knows.

    *home* tells that the class was defined here; elsewhere it is a copy.
    """

    __slots__ = (
        "blob",
        "digest",
        "home",
        "names",
        "ref",
        "revision",
        "snapshot",
        "uid",
    )

    def __init__(self, uid: str, cls: type, *, home: bool) -> None:
        key = id(cls)
        self.uid = uid
        self.home = home
        self.ref = ref(cls, lambda _: _forget(uid, key))
        self.revision = 1 if home else 0
        self.snapshot: Snapshot | None = None
        self.digest = 0
        self.names: frozenset[str] = frozenset()
        self.blob: Blob | None = None


Classes = tuple[tuple[Origin, int], ...]


class Blob(NamedTuple):
    """The pickle of a class with *others* it refers to, at the *revisions* they had."""

    data: bytes
    revisions: dict[str, int]
    others: Classes


# Unpickling reaches functions by their names alone, so what they share is the module's.
_by_class: Final[dict[int, Origin]] = {}
_by_uid: Final[dict[str, Origin]] = {}
_lock: Final = threading.RLock()


def origin_of(cls: type) -> Origin | None:
    """Return the origin of *cls*, None for a class that never travelled by value."""
    origin = _by_class.get(id(cls))
    return origin if origin is not None and origin.ref() is cls else None


def claim(cls: type) -> Origin:
    """Return the origin of *cls*, which is this process if none is known."""
    with _lock:
        return origin_of(cls) or _remember(Origin(uuid4().hex, cls, home=True), cls)


def load_class(uid: str, revisions: dict[str, int], blob: bytes) -> type:
    """
    Return the class called *uid*.

    *blob* is the pickle of all classes in *revisions*, among them this one. It is read
    where one of them, or its revision, is not known yet.
    """
    for name, revision in revisions.items():
        origin = _by_uid.get(name)
        if origin is None or (not origin.home and revision > origin.revision):
            return loads(blob)
    return _known(uid) or loads(blob)


def build_class(uid: str, maker: Callable[..., type], parts: tuple[object, ...]) -> type:
    """Return the class called *uid*, empty where it is not known yet."""
    cls = _known(uid)
    if cls is not None:
        return cls
    made = maker(*parts)
    with _lock:
        cls = _known(uid)
        if cls is None:
            cls = made
            _remember(Origin(uid, cls, home=False), cls)
    return cls


def restore_class(cls: type, state: tuple[int, Setter, tuple[dict[str, object], object]]) -> None:
    """Fill *cls* unless this process defined it, or knows this revision already."""
    revision, setter, contents = state
    with _lock:
        origin = origin_of(cls)
        if origin is None or origin.home or revision <= origin.revision:
            return
        names = frozenset(contents[0])
        for gone in origin.names - names:
            if gone in cls.__dict__:
                delattr(cls, gone)
        setter(cls, contents)
        origin.names = names
        origin.revision = revision


def _known(uid: str) -> type | None:
    origin = _by_uid.get(uid)
    return None if origin is None else origin.ref()


def _remember(origin: Origin, cls: type) -> Origin:
    _by_class[id(cls)] = origin
    _by_uid[origin.uid] = origin
    return origin


def _forget(uid: str, key: int) -> None:
    origin = _by_uid.get(uid)
    if origin is not None and origin.ref() is None:
        del _by_uid[uid]
    stale = _by_class.get(key)
    if stale is not None and stale.ref() is None:
        del _by_class[key]
