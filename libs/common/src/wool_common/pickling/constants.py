"""Tell which values can never change."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    FunctionType,
    GenericAlias,
    MethodDescriptorType,
    ModuleType,
    UnionType,
    WrapperDescriptorType,
)
from typing import Final, cast

from wool_common.pickling.caches import CachedType
from wool_common.pickling.names import is_by_value, is_importable, reference

_ATOMS: Final = frozenset(
    {type(None), bool, int, float, complex, str, bytes, range, type(...), type(NotImplemented)}
    | {ClassMethodDescriptorType, MethodDescriptorType, WrapperDescriptorType}
)
# By name, so that nothing has to be imported for the comparison.
_CONSTANT: Final = frozenset(
    {
        *(f"datetime.{name}" for name in ("date", "datetime", "time", "timedelta", "timezone")),
        *(f"pathlib.{name}" for name in ("PosixPath", "WindowsPath", "PurePosixPath")),
        *("decimal.Decimal", "fractions.Fraction", "uuid.UUID", "re.Pattern", "zoneinfo.ZoneInfo"),
        "_collections._tuplegetter",
        *("dataclasses._HAS_DEFAULT_FACTORY_CLASS", "dataclasses._MISSING_TYPE"),
    }
)
_ALIASES: Final = cast("frozenset[object]", frozenset({GenericAlias, UnionType}))


def is_constant(value: object) -> bool:
    """Tell whether *value* can never change, in this process or on its way."""
    kind = type(value)
    if kind in _ATOMS or is_typing(value):
        return True
    if kind is tuple or kind is frozenset:
        return all(map(is_constant, cast("Iterable[object]", value)))
    if kind is ModuleType:
        name = cast("ModuleType", value).__name__
        return name in sys.modules and not (is_by_value(name) and name != "__main__")
    if isinstance(value, type) or kind is CachedType:
        return is_importable(value)
    if kind is FunctionType:
        return is_importable(value) or reference(cast("FunctionType", value)) is not None
    if kind is BuiltinFunctionType:
        owner = cast("BuiltinFunctionType", value).__self__
        return owner is None or type(owner) is ModuleType or is_importable(owner)
    if f"{kind.__module__}.{kind.__qualname__}" in _CONSTANT or kind is logging.Logger:
        return True
    if isinstance(value, Enum):
        return is_importable(kind)
    return _is_frozen(value)


def is_typing(value: object) -> bool:
    """Tell whether *value* is an annotation, which may refer to any class."""
    kind = type(value)
    if kind in _ALIASES:
        return True
    return kind.__module__ == "typing" and not isinstance(value, type)


def _is_frozen(value: object) -> bool:
    kind = type(value)
    if not is_dataclass(value) or not is_importable(kind):
        return False
    if not getattr(getattr(kind, "__dataclass_params__", None), "frozen", False):
        return False
    return all(is_constant(getattr(value, field.name, None)) for field in fields(value))
