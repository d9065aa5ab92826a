"""Take one exception apart into bytes that can be put together again."""

# Pickling runs other people's code, which may raise anything.
# ruff: noqa: BLE001

from __future__ import annotations

import copyreg
from collections.abc import Callable, Mapping
from io import BytesIO
from pickle import Unpickler
from typing import Final, NamedTuple, cast

from wool_common.pickling.pickler import Pickler, Sink

_HEAP_TYPE: Final = 1 << 9
_LONGEST: Final = 500

Raw = tuple[object, ...]


class Body(NamedTuple):
    """The pickle of one exception; *notes* tell what could not be pickled."""

    data: bytes
    notes: tuple[str, ...]


class _Core(NamedTuple):
    """
    What an exception is made from.

    *maker* called with *parts* makes it as its class wishes; without it the exception is
    made from *raw* and the constructors of the class are left out.
    """

    kind: type[BaseException]
    maker: Callable[..., BaseException] | None
    parts: Raw
    raw: Raw
    args: Raw


def take_apart(error: BaseException, numbers: Mapping[int, int]) -> Body | None:
    """
    Return the pickle of *error*, None where not even its class can be pickled.

    Exceptions whose id is in *numbers* are referred to by that number. Attributes
    and arguments that cannot be pickled are left out.
    """
    core, state = _parts_of(error)
    try:
        return Body(_pickle(core, state, numbers), ())
    except Exception:
        notes: list[str] = []
        core = _spare_args(core, numbers, notes)
        state = _spare_state(state, numbers, notes)
    try:
        return Body(_pickle(core, state, numbers), tuple(notes))
    except Exception:
        return None


class Assembly:
    """Puts one exception together: first the object, later what it holds."""

    def __init__(self, data: bytes, lookup: Callable[[int], BaseException]) -> None:
        self._unpickler = _Unpickler(data, lookup)

    def make(self) -> BaseException:
        """Return the exception without its attributes."""
        return _make(cast("_Core", self._unpickler.load()))

    def fill(self, error: BaseException) -> None:
        """Give *error* the attributes it had."""
        state = self._unpickler.load()
        if state is None:
            return
        try:
            error.__setstate__(cast("dict[str, object]", state))
        except Exception:
            if not isinstance(state, dict):
                raise
            error.__dict__.update(cast("dict[str, object]", state))


class _Pickler(Pickler):
    """Writes other exceptions of the same record as numbers."""

    def __init__(self, sink: Sink, numbers: Mapping[int, int]) -> None:
        super().__init__(sink)
        self._numbers = numbers

    def persistent_id(self, obj: object) -> int | None:
        """Return the number of *obj* if it is one of the exceptions."""
        return self._numbers.get(id(obj)) if isinstance(obj, BaseException) else None


class _Unpickler(Unpickler):
    """Reads numbers as the exceptions they stand for."""

    def __init__(self, data: bytes, lookup: Callable[[int], BaseException]) -> None:
        super().__init__(BytesIO(data))
        self._lookup = lookup

    def persistent_load(self, pid: int) -> BaseException:
        """Return the exception numbered *pid*."""
        return self._lookup(pid)


def _parts_of(error: BaseException) -> tuple[_Core, object]:
    kind = type(error)
    raw = error.args
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        raw = (group.message, group.exceptions)
    try:
        reducer = copyreg.dispatch_table.get(kind)
        reduced = reducer(error) if reducer else error.__reduce_ex__(5)
        maker, parts, *rest = cast("tuple[Callable[..., BaseException], Raw, object]", reduced)
    except Exception:
        return _Core(kind, None, (), raw, error.args), dict(error.__dict__)
    if isinstance(error, OSError):
        raw = parts
    if maker is kind and _skips_constructor(kind):
        maker = None
    state = rest[0] if rest else None
    return _Core(kind, maker, parts, raw, error.args), state


def _skips_constructor(kind: type) -> bool:
    # What the class's own __init__ was called with is not known: `args` is what it
    # handed on. Builtin constructors are called with nothing else.
    builtin = _builtin_base(kind)
    own = kind.__init__ is not builtin.__init__ or kind.__new__ is not builtin.__new__
    return own and getattr(kind, "__reduce__", None) is getattr(builtin, "__reduce__", None)


def _builtin_base(kind: type) -> type[BaseException]:
    for base in kind.__mro__:
        if not base.__flags__ & _HEAP_TYPE and issubclass(base, BaseException):
            return base
    return BaseException


def _make(core: _Core) -> BaseException:
    if core.maker is not None:
        try:
            return core.maker(*core.parts)
        except Exception:
            return _make_raw(core)
    try:
        return _make_raw(core)
    except Exception:
        return core.kind(*core.parts)


def _make_raw(core: _Core) -> BaseException:
    builtin = _builtin_base(core.kind)
    error = builtin.__new__(core.kind, *core.raw)
    builtin.__init__(error, *core.raw)
    # A frozen dataclass that is an exception refuses plain assignment.
    BaseException.__setattr__(error, "args", core.args)
    return error


def _pickle(core: _Core, state: object, numbers: Mapping[int, int]) -> bytes:
    sink = _Whole()
    # One pickler for both, so that what args and attributes share stays shared.
    pickler = _Pickler(sink, numbers)
    pickler.dump(core)
    pickler.dump(state)
    return b"".join(sink.pieces)


class _Whole(Sink):
    """Keeps every buffer in the stream."""

    __slots__ = ()

    def divert(self, buffer: object) -> bool:
        """Leave *buffer* where it is."""
        return True


def _can(value: object, numbers: Mapping[int, int]) -> bool:
    try:
        _Pickler(_Whole(), numbers).dump(value)
    except Exception:
        return False
    return True


def _spare_args(core: _Core, numbers: Mapping[int, int], notes: list[str]) -> _Core:
    def spare(values: Raw) -> Raw:
        return tuple(value if _can(value, numbers) else _text(value) for value in values)

    for index, value in enumerate(core.args):
        if not _can(value, numbers):
            notes.append(f"args[{index}] could not be pickled: its text stands in its place")
    maker = core.maker if _can(core.maker, numbers) else None
    return _Core(core.kind, maker, spare(core.parts), spare(core.raw), spare(core.args))


def _spare_state(state: object, numbers: Mapping[int, int], notes: list[str]) -> object:
    if _can(state, numbers):
        return state
    if not isinstance(state, dict):
        notes.append("its state could not be pickled and stayed behind")
        return None
    kept: dict[str, object] = {}
    for name, value in cast("dict[str, object]", state).items():
        if _can(value, numbers):
            kept[name] = value
        else:
            notes.append(f"attribute {name!r} could not be pickled and stayed behind")
    return kept


def _text(value: object) -> str:
    try:
        return repr(value)[:_LONGEST]
    except Exception:
        return f"<{type(value).__name__}>"
