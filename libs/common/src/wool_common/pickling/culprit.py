"""Name the part of a value that cannot be pickled."""

# Pickling runs other people's code, which may raise anything.
# ruff: noqa: BLE001

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from pickle import PickleBuffer
from types import FunctionType, MethodType
from typing import Final, cast

from wool_common.errors import SerializationError
from wool_common.pickling.pickler import Pickler, Sink
from wool_common.pickling.snapshots import global_names

_DEPTH: Final = 32
_TRIALS: Final = 5000
_KEY: Final = 60
_PRINTABLE: Final = frozenset({str, bytes, int, float, bool, type(None)})
_HEAP_TYPE: Final = 1 << 9

Parts = Iterator[tuple[str, object]]


def blame(value: object, root: str, error: Exception) -> SerializationError:
    """Return the error that says which part of *value* made pickling end in *error*."""
    too_deep = _is_too_deep(error)
    if too_deep or isinstance(error, MemoryError):
        path = "the call" if root == "call" else root
        reason = "it is nested too deeply" if too_deep else "out of memory"
        return SerializationError(f"{path} cannot be pickled: {reason}", path=path)
    path, culprit = find(value, root)
    kind = type(culprit)
    return SerializationError(
        f"{path} cannot be pickled: {error} (it is a {kind.__module__}.{kind.__qualname__})",
        path=path,
    )


def find(value: object, root: str) -> tuple[str, object]:
    """
    Return the path and the object that cannot be pickled, as deep as it can be told.

    The path starts with *root*; `call` stands for a pair (args, kwargs).
    """
    if root == "call":
        return _Search().run("the call", value, _call(value))
    return _Search().run(root, value, _parts(root, value))


class _Search:
    """Goes from what cannot be pickled to the part that is to blame."""

    def __init__(self) -> None:
        self._trials = _TRIALS
        self._seen: set[int] = set()
        self._loop: tuple[str, object] | None = None

    def run(self, path: str, value: object, parts: Parts) -> tuple[str, object]:
        """Return the path and the object to blame."""
        return self._blame(path, value, parts, _DEPTH) or self._loop or (path, value)

    def _blame(
        self, path: str, value: object, parts: Parts, depth: int
    ) -> tuple[str, object] | None:
        self._seen.add(id(value))
        loops = False
        for name, part in parts:
            self._trials -= 1
            if self._trials < 0 or not depth:
                return path, value
            if id(part) in self._seen:
                loops = True
            elif not is_picklable(part):
                found = self._blame(name, part, _parts(name, part), depth - 1)
                if found is not None:
                    return found
                loops = True
        if not loops:
            return path, value
        # Whether this one is to blame, or only what it leads back to, is not known yet.
        self._loop = self._loop or (path, value)
        return None


def is_picklable(value: object) -> bool:
    """Try to pickle *value*, keeping nothing."""
    try:
        Pickler(_Void()).dump(value)
    except Exception:
        return False
    return True


class _Void(Sink):
    """Takes a pickle and drops it."""

    __slots__ = ()

    def write(self, piece: object) -> None:
        """Drop *piece*."""

    def divert(self, buffer: PickleBuffer) -> bool:
        """Drop *buffer*."""
        return False


def _is_too_deep(error: BaseException) -> bool:
    return isinstance(error, RecursionError) or isinstance(error.__cause__, RecursionError)


def _call(value: object) -> Parts:
    args, kwargs = cast("tuple[Iterable[object], Mapping[str, object]]", value)
    for index, item in enumerate(args):
        yield f"args[{index}]", item
    for key, item in kwargs.items():
        yield f"kwargs[{key!r}]", item


def _parts(path: str, value: object) -> Parts:
    yield from _contents(path, value)
    yield from _attributes(path, value)


def _contents(path: str, value: object) -> Parts:
    if isinstance(value, Mapping):
        yield from _mapping_parts(path, cast("Mapping[object, object]", value))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(cast("Iterable[object]", value)):
            yield f"{path}[{index}]", item
    elif isinstance(value, AbstractSet):
        for index, item in enumerate(cast("Iterable[object]", value)):
            yield f"list({path})[{index}]", item
    elif type(value) is FunctionType:
        yield from _function_parts(path, value)
    elif type(value) is MethodType:
        yield f"{path}.__self__", value.__self__
        yield f"{path}.__func__", value.__func__
    elif isinstance(value, functools.partial):
        partial = cast("functools.partial[object]", value)
        yield from zip(
            (f"{path}.func", f"{path}.args", f"{path}.keywords"),
            (partial.func, partial.args, partial.keywords),
            strict=True,
        )


def _mapping_parts(path: str, value: Mapping[object, object]) -> Parts:
    for index, (key, item) in enumerate(value.items()):
        text = repr(key) if type(key) in _PRINTABLE else f"<key {index}>"
        yield f"{path}[{text[:_KEY]}]", item
        yield f"list({path})[{index}]", key


def _function_parts(path: str, function: FunctionType) -> Parts:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    for name, cell in cells:
        try:
            yield f"{path}.__closure__[{name!r}]", cell.cell_contents
        except ValueError:
            continue
    for name in global_names(function.__code__):
        if name in function.__globals__:
            yield f"{path}.__globals__[{name!r}]", function.__globals__[name]
    yield f"{path}.__defaults__", function.__defaults__
    yield f"{path}.__kwdefaults__", function.__kwdefaults__


def _attributes(path: str, value: object) -> Parts:
    cls = type(value)
    attributes = getattr(value, "__dict__", None)
    if isinstance(attributes, Mapping):
        for name, item in cast("Mapping[str, object]", attributes).items():
            if name not in ("__dict__", "__weakref__"):
                yield f"{path}.{name}", item
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else islice(slots, _TRIALS):
            item = getattr(value, name, None)
            if item is not None and item is not attributes:
                yield f"{path}.{name}", item
    if cls.__flags__ & _HEAP_TYPE and not isinstance(value, type):
        yield f"{path}.__class__", cls
