"""Notice that a function or a class is no longer what it was."""

from __future__ import annotations

import dis
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from itertools import chain, repeat
from operator import is_
from types import CellType, CodeType, FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Final, NamedTuple, cast
from weakref import ReferenceType, ref

from wool_common.pickling.caches import Cached, CachedType
from wool_common.pickling.constants import is_constant, is_typing
from wool_common.pickling.names import ABSENT, OPTIONS, raw_of

_GLOBAL_OPS: Final = frozenset({"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME"})
_BOOKKEEPING: Final = frozenset(
    {
        *("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__slots__"),
        "__slotnames__",
        *("__dataclass_fields__", "__dataclass_params__", "__match_args__", "_abc_impl"),
        "_field_defaults",
        *("__orig_bases__", "__parameters__", "__static_attributes__", "__firstlineno__"),
        *("_member_names_", "_member_map_", "_value2member_map_", "_member_type_"),
        *("_hashable_values_", "_unhashable_values_", "_unhashable_values_map_", "_flag_mask_"),
        *("_singles_mask_", "_all_bits_", "_boundary_", "_inverted_", "_value_repr_"),
        *("_use_args_", "_new_member_", "__new_member__", "__protocol_attrs__"),
    }
)
_DESCRIPTORS: Final = (GetSetDescriptorType, MemberDescriptorType)
_DATACLASS_REPR: Final = "_recursive_repr.<locals>.wrapper"
_METHODS: Final = cast("frozenset[object]", frozenset({staticmethod, classmethod}))
_WRAPPERS: Final = _METHODS | {property}
# Python adds these to a class when somebody first asks for them.
_LATE: Final = ("__slotnames__", "__annotations__", "__annotations_cache__")
_ANY: Final = object()

View = Callable[[object], list[object]]


class _Holding(NamedTuple):
    """
    One function or class, how to look into it, what was seen there.

    In *pins* stands `_ANY` where the value is in *weak*, by its place, or does not matter.
    """

    owner: ReferenceType[object]
    view: View
    pins: list[object]
    weak: list[tuple[int, ReferenceType[object]]]
    loose: list[int]


class Snapshot:
    """
    What a function or a class captured, down to the classes that travel by value.

    Keeps alive neither the function nor anything that could lead back to it.
    """

    __slots__ = ("_holdings",)

    def __init__(self, holdings: list[_Holding]) -> None:
        self._holdings = holdings

    def holds(self) -> bool:
        """Tell whether everything captured is still the same."""
        for owner, view, pins, weak, loose in self._holdings:
            thing = owner()
            if thing is None:
                return False
            values = view(thing)
            if len(values) != len(pins):
                return False
            for index, pin in weak:
                value = values[index]
                # A dead reference gives None as well.
                if value is None or value is not pin():
                    return False
                values[index] = _ANY
            for index in loose:
                values[index] = _ANY
            if not all(map(is_, values, pins)):
                return False
        return True


def take_snapshot(root: FunctionType | type) -> Snapshot | None:
    """Return the snapshot of *root*, None where it captures anything that can change."""
    camera = _Camera()
    try:
        camera.shoot(root)
    except RecursionError:
        return None
    return Snapshot(camera.holdings) if camera.is_sharp else None


class _Camera:
    """
    Walks from function to function.

    *is_sharp* until something is met that may change without any name being bound anew.
    """

    def __init__(self) -> None:
        self.is_sharp = True
        self.holdings: list[_Holding] = []
        self._seen: set[int] = set()

    def shoot(self, thing: FunctionType | type) -> None:
        """Add what *thing* captures."""
        if not self.is_sharp or id(thing) in self._seen:
            return
        self._seen.add(id(thing))
        view = _view_of_class(thing) if isinstance(thing, type) else _view_of_function(thing)
        holding = _Holding(ref(thing), view, [], [], [])
        self.holdings.append(holding)
        for index, value in enumerate(view(thing)):
            # Members of an enum lead back to it, and cannot be bound anew.
            pin = _ANY if type(value) is thing and isinstance(value, Enum) else self._pin(value)
            if pin is _ANY:
                holding.loose.append(index)
            elif isinstance(pin, ReferenceType):
                holding.weak.append((index, cast("ReferenceType[object]", pin)))
                pin = _ANY
            holding.pins.append(pin)

    def _shoot_function(self, function: FunctionType) -> None:
        # Every dataclass has a repr around which the library keeps a set.
        inner = function.__dict__.get("__wrapped__")
        if function.__code__.co_qualname == _DATACLASS_REPR and type(inner) is FunctionType:
            function = inner
        self.shoot(function)

    def _pin(self, value: object) -> object:
        kind = type(value)
        if is_typing(value):
            return _weakly(value)
        if is_constant(value) or kind is CodeType or value is ABSENT:
            return value
        if kind in _DESCRIPTORS:
            return _ANY
        if isinstance(value, type):
            return ref(value)
        if isinstance(value, FunctionType):
            self._pin_function(value)
            return ref(value)
        if kind is CachedType:
            return self._pin_cached(cast("Cached", value))
        if isinstance(value, Enum):
            self.is_sharp = self.is_sharp and is_constant(value.value)
        else:
            self.is_sharp = False
        return value

    def _pin_cached(self, cached: Cached) -> object:
        if type(cached.__wrapped__) is FunctionType:
            self._pin_function(cached.__wrapped__)
        else:
            self.is_sharp = False
        return ref(cached)

    def _pin_function(self, function: FunctionType) -> None:
        raw = raw_of(function)
        if raw is None:
            self._shoot_function(function)
        elif type(raw) is FunctionType and is_constant(function.__dict__.get(OPTIONS)):
            self.shoot(raw)
        else:
            self.is_sharp = False


def _weakly(value: object) -> object:
    try:
        return ref(value)
    except TypeError:
        return value


def _view_of_function(function: FunctionType) -> View:
    names = global_names(function.__code__)

    def view(thing: object) -> list[object]:
        function = cast("FunctionType", thing)
        values: list[object] = [*map(function.__globals__.get, names, repeat(ABSENT))]
        values.append(function.__code__)
        if function.__defaults__:
            values.extend(function.__defaults__)
        if function.__kwdefaults__:
            values.extend(chain.from_iterable(function.__kwdefaults__.items()))
        if function.__dict__:
            values.extend(chain.from_iterable(function.__dict__.items()))
        if function.__closure__:
            values.extend(map(_content, function.__closure__))
        return values

    return view


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return ABSENT


def _view_of_class(cls: type) -> View:
    kinds: dict[str, object] = {name: type(value) for name, value in cls.__dict__.items()}
    names = [name for name in kinds if name not in _BOOKKEEPING and kinds[name] not in _WRAPPERS]
    methods = [name for name in kinds if kinds[name] in _METHODS]
    properties = [name for name in kinds if kinds[name] is property]
    size = _size(cls)

    def view(thing: object) -> list[object]:
        cls = cast("type", thing)
        if _size(cls) != size:
            return []
        space = cls.__dict__
        values: list[object] = [*cls.__bases__, *map(space.get, names, repeat(ABSENT))]
        for name in methods:
            method = space.get(name)
            values.append(cast("object", type(method)))
            values.append(getattr(method, "__func__", ABSENT))
        for name in properties:
            member = space.get(name)
            values.extend(getattr(member, part, ABSENT) for part in ("fget", "fset", "fdel"))
        return values

    return view


def _size(cls: type) -> int:
    space = cls.__dict__
    return len(space) - sum(map(space.__contains__, _LATE))


@lru_cache(maxsize=4096)
def global_names(code: CodeType) -> tuple[str, ...]:
    """Return the globals that *code*, or code inside it, reads or writes."""
    names = {i.argval: None for i in dis.get_instructions(code) if i.opname in _GLOBAL_OPS}
    for constant in code.co_consts:
        if type(constant) is CodeType:
            names.update(dict.fromkeys(global_names(constant)))
    return tuple(names)
