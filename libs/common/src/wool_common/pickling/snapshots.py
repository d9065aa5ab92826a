"""Notice that a function or a class is no longer what it was."""

from __future__ import annotations

import dis
import logging
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GenericAlias,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
    UnionType,
)
from typing import Final, NamedTuple, cast
from weakref import ReferenceType, ref

from wool_common.pickling.names import (
    ABSENT,
    OPTIONS,
    is_by_value,
    is_importable,
    raw_of,
    reference,
)

_GLOBAL_OPS: Final = frozenset({"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME"})
_ATOMS: Final = frozenset(
    {type(None), bool, int, float, complex, str, bytes, range, type(...), type(NotImplemented)}
)
# By name, so that nothing has to be imported for the comparison.
_CONSTANT: Final = frozenset(
    {
        *(f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")),
        *(f"pathlib.{name}" for name in ("PosixPath", "WindowsPath", "PurePosixPath")),
        *("decimal.Decimal", "fractions.Fraction", "uuid.UUID", "re.Pattern", "zoneinfo.ZoneInfo"),
        *("dataclasses._HAS_DEFAULT_FACTORY_CLASS", "dataclasses._MISSING_TYPE"),
    }
)
_BOOKKEEPING: Final = frozenset(
    {
        *("__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__slots__"),
        *("__dataclass_fields__", "__dataclass_params__", "__match_args__", "_abc_impl"),
        *("__orig_bases__", "__parameters__", "__static_attributes__", "__firstlineno__"),
        *("_member_names_", "_member_map_", "_value2member_map_", "_member_type_"),
        *("_hashable_values_", "_unhashable_values_", "_unhashable_values_map_", "_flag_mask_"),
        *("_singles_mask_", "_all_bits_", "_boundary_", "_inverted_", "_value_repr_"),
        *("_use_args_", "_new_member_", "__new_member__", "__protocol_attrs__"),
    }
)
_DESCRIPTORS: Final = (GetSetDescriptorType, MemberDescriptorType)
_METHODS: Final = (staticmethod, classmethod)
_ANY: Final = object()

View = Callable[[object], list[object]]


class _Volatile(Exception):
    """Something captured may change without any name being bound anew."""


class _Holding(NamedTuple):
    """One function or class, how to look into it, what was seen there."""

    owner: ReferenceType[object]
    view: View
    pins: list[object]


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
        for owner, view, pins in self._holdings:
            thing = owner()
            if thing is None:
                return False
            values = view(thing)
            if len(values) != len(pins):
                return False
            for value, pin in zip(values, pins, strict=True):
                if value is pin or pin is _ANY:
                    continue
                if type(pin) is not ref or pin() is not value:
                    return False
        return True


def take_snapshot(root: FunctionType | type) -> Snapshot | None:
    """Return the snapshot of *root*, None where it captures anything that can change."""
    camera = _Camera()
    try:
        camera.shoot(root)
    except (_Volatile, RecursionError):
        return None
    return Snapshot(camera.holdings)


class _Camera:
    """Walks from function to function."""

    def __init__(self) -> None:
        self.holdings: list[_Holding] = []
        self._seen: set[int] = set()

    def shoot(self, thing: FunctionType | type) -> None:
        """Add what *thing* captures."""
        if id(thing) in self._seen:
            return
        self._seen.add(id(thing))
        view = _view_of(thing)
        pins: list[object] = []
        self.holdings.append(_Holding(ref(thing), view, pins))
        pins.extend(self._pin(value) for value in view(thing))

    def _pin(self, value: object) -> object:
        if is_constant(value):
            return _ANY if _is_typing(value) else value
        if isinstance(value, type):
            return ref(value)
        if type(value) is FunctionType:
            self._pin_function(value)
            return ref(value)
        if type(value) is CodeType or value is ABSENT:
            return value
        if type(value) in _DESCRIPTORS:
            return _ANY
        if isinstance(value, Enum) and is_constant(value.value):
            return _ANY
        raise _Volatile

    def _pin_function(self, function: FunctionType) -> None:
        raw = raw_of(function)
        if raw is None:
            self.shoot(function)
        elif type(raw) is FunctionType and is_constant(function.__dict__.get(OPTIONS)):
            self.shoot(raw)
        else:
            raise _Volatile


def is_constant(value: object) -> bool:
    """Tell whether *value* can never change, in this process or on its way."""
    kind = type(value)
    if kind in _ATOMS or _is_typing(value):
        return True
    if kind is tuple or kind is frozenset:
        return all(map(is_constant, cast("Iterable[object]", value)))
    if kind is ModuleType:
        name = cast("ModuleType", value).__name__
        return name in sys.modules and not (is_by_value(name) and name != "__main__")
    if isinstance(value, type):
        return is_importable(value)
    if kind is FunctionType:
        return is_importable(value) or reference(cast("FunctionType", value)) is not None
    if kind is BuiltinFunctionType:
        owner = cast("BuiltinFunctionType", value).__self__
        return owner is None or type(owner) is ModuleType
    if f"{kind.__module__}.{kind.__qualname__}" in _CONSTANT or kind is logging.Logger:
        return True
    if isinstance(value, Enum):
        return is_importable(kind)
    return _is_frozen(value)


def _is_typing(value: object) -> bool:
    kind = type(value)
    if kind is GenericAlias or kind is UnionType:
        return True
    return kind.__module__ == "typing" and not isinstance(value, type)


def _is_frozen(value: object) -> bool:
    kind = type(value)
    if not is_dataclass(value) or not is_importable(kind):
        return False
    if not getattr(getattr(kind, "__dataclass_params__", None), "frozen", False):
        return False
    return all(is_constant(getattr(value, field.name, None)) for field in fields(value))


def _view_of(thing: FunctionType | type) -> View:
    if isinstance(thing, type):
        return cast("View", _class_view)
    names = global_names(thing.__code__)

    def view(function: object) -> list[object]:
        return _function_view(cast("FunctionType", function), names)

    return view


def _function_view(function: FunctionType, names: tuple[str, ...]) -> list[object]:
    space = function.__globals__
    values = [space.get(name, ABSENT) for name in names]
    values.append(function.__code__)
    if function.__defaults__:
        values.extend(function.__defaults__)
    if function.__kwdefaults__:
        for item in function.__kwdefaults__.items():
            values.extend(item)
    if function.__dict__:
        for item in function.__dict__.items():
            values.extend(item)
    if function.__closure__:
        for cell in function.__closure__:
            try:
                values.append(cell.cell_contents)
            except ValueError:
                values.append(ABSENT)
    return values


def _class_view(cls: type) -> list[object]:
    values: list[object] = [*cls.__bases__]
    for name, value in cls.__dict__.items():
        if name in _BOOKKEEPING:
            continue
        kind = type(value)
        values.append(name)
        if kind in _METHODS:
            values.append(value.__func__)
        elif kind is property:
            values.extend((value.fget, value.fset, value.fdel))
        else:
            values.append(value)
    return values


@lru_cache(maxsize=4096)
def global_names(code: CodeType) -> tuple[str, ...]:
    """Return the globals that *code*, or code inside it, reads or writes."""
    names = {i.argval: None for i in dis.get_instructions(code) if i.opname in _GLOBAL_OPS}
    for constant in code.co_consts:
        if type(constant) is CodeType:
            names.update(dict.fromkeys(global_names(constant)))
    return tuple(names)
