"""Remember how the callables of one session travel."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import cast
from weakref import ref

from wool_common.pickling.classes import Classes
from wool_common.pickling.names import Reference, label, raw_of, reference
from wool_common.pickling.pickler import is_current
from wool_common.pickling.routines import rebuild_routine
from wool_common.pickling.snapshots import Snapshot, take_snapshot
from wool_common.pickling.values import Pickled, pack

__all__ = ["CallableCache", "Definition", "rebuild_routine"]

_DIGEST_SIZE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """
    A callable ready to be sent.

    Equal *digest*, equal contents. *payload* loads as the function to run, never as
    the routine around it. *by_value* tells that code travels inside, which needs the
    same Python version on the other side.
    """

    digest: bytes
    payload: Pickled
    tag: str
    by_value: bool


class CallableCache:
    """
    Makes definitions and reuses them while nothing they captured has changed.

    To be used from one thread.
    """

    def __init__(self) -> None:
        self._entries: dict[int, _Named | _Captured] = {}

    def define(self, fn: Callable[..., object]) -> Definition:
        """
        Return the definition of *fn*, anew if what it captured may have changed.

        Raises:
            SerializationError: *fn* or something it captured cannot be pickled.
        """
        entry = self._entries.get(id(fn))
        if entry is not None and entry.owner() is fn and entry.holds():
            return entry.definition
        return self._define(fn)

    def _define(self, fn: Callable[..., object]) -> Definition:
        thing: object = fn
        if isinstance(thing, MethodType) and isinstance(thing.__func__, FunctionType):
            raw = cast("FunctionType", raw_of(thing.__func__) or thing.__func__)
            return _by_value(MethodType(raw, thing.__self__), _tag(raw))[0]
        if not isinstance(thing, FunctionType):
            return _by_value(fn, label(fn))[0]
        key = id(fn)
        owner = ref(thing, lambda _: self._entries.pop(key, None))
        raw = cast("FunctionType", raw_of(thing) or thing)
        call = reference(raw)
        if call is not None:
            definition = _by_name(raw, call)
            self._entries[key] = _Named(owner, call[1], definition)
            return definition
        # Taken first: what changes meanwhile makes it invalid, not the pickle stale.
        snapshot = take_snapshot(raw) if type(raw) is FunctionType else None
        definition, classes = _by_value(raw, _tag(raw))
        if snapshot is not None:
            self._entries[key] = _Captured(owner, snapshot, classes, definition)
        return definition


class _Named:
    """A definition by reference: good while the name leads where it led."""

    __slots__ = ("_attribute", "_rest", "_space", "_there", "definition", "owner")

    def __init__(
        self, owner: ref[FunctionType], place: tuple[str, str], definition: Definition
    ) -> None:
        self.owner = owner
        self.definition = definition
        self._space = sys.modules[place[0]].__dict__
        self._attribute, *self._rest = place[1].split(".")
        self._there = ref(self._find())

    def holds(self) -> bool:
        """Tell whether the name still leads there."""
        return self._find() is self._there()

    def _find(self) -> object:
        found: object = self._space.get(self._attribute)
        for name in self._rest:
            found = getattr(found, name, None)
        return found.__func__ if type(found) is MethodType else found


class _Captured:
    """A definition by value: good while everything captured is the same."""

    __slots__ = ("_classes", "_snapshot", "definition", "owner")

    def __init__(
        self,
        owner: ref[FunctionType],
        snapshot: Snapshot,
        classes: Classes,
        definition: Definition,
    ) -> None:
        self.owner = owner
        self.definition = definition
        self._snapshot = snapshot
        self._classes = classes

    def holds(self) -> bool:
        """Tell whether nothing was captured anew."""
        return self._snapshot.holds() and (not self._classes or is_current(self._classes))


class _Call:
    """Pickles as a call of *function* with *args*."""

    def __init__(self, call: Reference) -> None:
        self._call = call

    def __reduce__(self) -> Reference:
        return self._call


def _by_name(raw: FunctionType, call: Reference) -> Definition:
    payload = pickle.dumps(_Call(call), 5)
    return Definition(digest=_digest(payload), payload=payload, tag=_tag(raw), by_value=False)


def _by_value(fn: Callable[..., object], tag: str) -> tuple[Definition, Classes]:
    payload, pickler = pack(fn, root=getattr(fn, "__qualname__", type(fn).__qualname__))
    digest = _digest(payload)
    definition = Definition(digest=digest, payload=payload, tag=tag, by_value=pickler.carries_code)
    return definition, tuple(pickler.classes.items())


def _digest(payload: Pickled) -> bytes:
    # Costs 6 ms of import time, and nobody who only loads needs it.
    from hashlib import blake2b

    digest = blake2b(digest_size=_DIGEST_SIZE)
    for view in (payload,) if isinstance(payload, bytes) else payload.views:
        digest.update(view)
    return digest.digest()


def _tag(fn: Callable[..., object]) -> str:
    code = getattr(fn, "__code__", None)
    return label(fn) if code is None else f"{label(fn)}:{code.co_firstlineno}"
