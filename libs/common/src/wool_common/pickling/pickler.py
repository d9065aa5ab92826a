"""Pickle values with what plain pickle refuses."""

from __future__ import annotations

from pickle import PickleBuffer
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, cast

from cloudpickle import Pickler as _CloudPickler  # pyright: ignore[reportMissingTypeStubs]

from wool_common.pickling.caches import Cached, CachedType, reduce_cached
from wool_common.pickling.classes import (
    Blob,
    Classes,
    Origin,
    build_class,
    claim,
    load_class,
    origin_of,
    restore_class,
)
from wool_common.pickling.names import is_global, is_importable, raw_of, reference
from wool_common.pickling.routines import reduce_routine
from wool_common.pickling.snapshots import take_snapshot

if TYPE_CHECKING:
    from pickle import Pickler as _Base

    _TABLES: tuple[dict[type, object], dict[type, object]]
else:
    _Base = _CloudPickler
    _TABLES = tuple(_CloudPickler.dispatch_table.maps)

INLINE_LIMIT: Final = 256 * 1024
_REDUCED_CLASS: Final = 6

Reduced = Any


class Sink:
    """Collects what a pickler writes, without copying what is large."""

    __slots__ = ("out_of_band", "pieces")

    def __init__(self) -> None:
        self.pieces: list[bytes | memoryview] = []
        self.out_of_band: list[int] = []

    def write(self, piece: bytes | bytearray | memoryview | PickleBuffer) -> None:
        """Take the next *piece* of the stream."""
        kind = type(piece)
        if kind is bytes:
            self.pieces.append(cast("bytes", piece))
        elif kind is memoryview:
            # The memory behind it belongs to the pickler, which is about to free it.
            self.pieces.append(bytes(cast("memoryview", piece)))
        elif kind is PickleBuffer:
            self.pieces.append(cast("PickleBuffer", piece).raw())
        else:
            self.pieces.append(memoryview(cast("bytearray", piece)))

    def divert(self, buffer: PickleBuffer) -> bool:
        """Take *buffer* out of the stream if it is large; True leaves it there."""
        try:
            view = buffer.raw()
        except BufferError:
            return True
        # Smaller ones go through `write`, uncopied as well, so that a value that
        # turns out to be small never has to be pickled a second time.
        if view.nbytes <= INLINE_LIMIT:
            return True
        self.out_of_band.append(len(self.pieces))
        self.pieces.append(view)
        return False


class Pickler(_Base):
    """
    Cloudpickle's, with classes that keep their identity and routines that keep theirs.

    *inline* writes every class in full; otherwise each is a pickle of its own, made
    once, until a function travels by value: what such a function shares with a class
    must stay shared.
    """

    merged_from: ClassVar[tuple[int, dict[type, object]]] = (-1, {})
    dispatch_table: dict[type, object]  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, sink: Sink, *, exceptions: bool = False, inline: bool = False) -> None:
        if self.merged_from != (len(_TABLES[0]), _TABLES[1]):
            _merge_tables()
        super().__init__(sink, 5, buffer_callback=sink.divert)
        self._exceptions = exceptions
        self._inline = inline
        self.carries_code = False
        self.classes: dict[Origin, int] = {}

    def reducer_override(self, obj: object) -> Reduced:
        """Take apart functions, classes and, where asked for, exceptions."""
        kind = type(obj)
        if kind is FunctionType:
            return self._reduce_function(cast("FunctionType", obj))
        if issubclass(kind, type):
            return self._reduce_class(cast("type", obj))
        if kind is CachedType:
            # Pickle knows no way but by name, which leads nowhere for those of a script.
            return NotImplemented if is_importable(obj) else reduce_cached(cast("Cached", obj))
        if self._exceptions and isinstance(obj, BaseException):
            from wool_common.pickling.exceptions import reduce_exception

            return reduce_exception(obj)
        return NotImplemented

    def _reduce_function(self, function: FunctionType) -> Reduced:
        if is_importable(function):
            return NotImplemented
        call = reference(function)
        if call is not None:
            return call
        raw = raw_of(function)
        if raw is not None:
            return reduce_routine(function, raw)
        self.carries_code = True
        self._inline = True
        return super().reducer_override(function)

    def _reduce_class(self, cls: type) -> Reduced:
        origin = origin_of(cls)
        if origin is None:
            if is_global(cls):
                return NotImplemented
            reduced = super().reducer_override(cls)
            if not isinstance(reduced, tuple) or len(reduced) != _REDUCED_CLASS:
                return reduced
            origin = claim(cls)
        return self._reduce_by_value(origin, cls)

    def _reduce_by_value(self, origin: Origin, cls: type) -> Reduced:
        self.carries_code = True
        revision = revision_of(origin)
        self.classes[origin] = revision
        if not self._inline:
            blob = _blob(origin, cls, revision)
            self.classes.update(blob.others)
            return load_class, (origin.uid, blob.revisions, blob.data)
        maker, parts, state, setter = self._take_apart(cls)
        return (
            build_class,
            (origin.uid, maker, parts),
            (revision, setter, state),
            None,
            None,
            restore_class,
        )

    def _take_apart(self, cls: type) -> tuple[object, tuple[object, ...], object, object]:
        reduced = cast("tuple[object, ...]", super().reducer_override(cls))
        maker, parts, state, _, _, setter = reduced
        slots = cls.__dict__.get("__slots__")
        fixed = list(cast("tuple[object, ...]", parts))
        # Cloudpickle rebuilds a class without its slots; what such a class makes
        # could not return to the class it came from. Named tuples refuse to be told.
        named = NamedTuple in cls.__dict__.get("__orig_bases__", ())
        if slots is not None and not named and isinstance(fixed[3], dict):
            fixed[3] = {**fixed[3], "__slots__": slots}
        # What pickle itself noted on the class the first time it met an instance.
        cast("tuple[dict[str, object], object]", state)[0].pop("__slotnames__", None)
        return maker, tuple(fixed), state, setter


class _Fingerprinter(Pickler):
    """Pickles one class for comparison; every class inside is but a name."""

    def _reduce_by_value(self, origin: Origin, cls: type) -> Reduced:
        return str, (origin.uid,)

    def fingerprint(self, cls: type, sink: Sink) -> int:
        """Return a number that changes when the contents of *cls* do."""
        _, parts, state, _ = self._take_apart(cls)
        self.dump((parts, state))
        return hash(b"".join(sink.pieces))


def revision_of(origin: Origin) -> int:
    """Return the number of the newest contents of a class, 0 where it is gone."""
    cls = origin.ref()
    if cls is None:
        return 0
    if not origin.home or (origin.snapshot is not None and origin.snapshot.holds()):
        return origin.revision
    snapshot = take_snapshot(cls)
    digest = 0
    if snapshot is None:
        sink = Sink()
        digest = _Fingerprinter(sink, inline=True).fingerprint(cls, sink)
    if snapshot is not None or digest != origin.digest:
        origin.revision += 1
    origin.snapshot = snapshot
    origin.digest = digest
    return origin.revision


def is_current(classes: Classes) -> bool:
    """Tell whether all *classes* still are at the revisions noted with them."""
    return all(revision_of(origin) == revision for origin, revision in classes)


def _blob(origin: Origin, cls: type, revision: int) -> Blob:
    blob = origin.blob
    if blob and blob.revisions[origin.uid] == revision and is_current(blob.others):
        return blob
    sink = Sink()
    pickler = Pickler(sink, inline=True)
    pickler.dump(cls)
    classes = {**pickler.classes, origin: revision}
    blob = origin.blob = Blob(
        data=b"".join(sink.pieces),
        revisions={other.uid: number for other, number in classes.items()},
        others=tuple((other, number) for other, number in classes.items() if other != origin),
    )
    return blob


def _merge_tables() -> None:
    # Cloudpickle looks types up in a ChainMap: 2 us for each object that has no entry.
    cloud, standard = _TABLES
    Pickler.dispatch_table = {**standard, **cloud}
    Pickler.merged_from = len(cloud), dict(standard)
