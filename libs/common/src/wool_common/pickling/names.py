"""Find functions and classes by the name they can be imported under."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Final, cast

import cloudpickle  # pyright: ignore[reportMissingTypeStubs]

ROUTINE: Final = "__wool_routine__"
OPTIONS: Final = "__wool_options__"
ABSENT: Final = object()

Reference = tuple[Callable[[str, str], object], tuple[str, str]]

_registered = cast(
    "Callable[[], set[str]]",
    cloudpickle.list_registry_pickle_by_value,  # pyright: ignore[reportUnknownMemberType]
)


def raw_of(fn: FunctionType) -> object:
    """Return the function behind the routine *fn*, None where *fn* is no routine."""
    attributes = fn.__dict__
    raw = attributes.get(ROUTINE)
    # functools.wraps copies the attribute to whatever decorates a routine.
    return raw if attributes.get("__wrapped__", raw) is raw else None


def is_by_value(module: str) -> bool:
    """Tell whether what *module* defines travels by value."""
    if module == "__main__" or module not in sys.modules:
        return True
    return any(module == name or module.startswith(f"{name}.") for name in _registered())


def namesake(thing: object) -> object:
    """Return what other processes import under the name of *thing*, or ABSENT."""
    module = getattr(thing, "__module__", None)
    qualname = getattr(thing, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(qualname, str) or is_by_value(module):
        return ABSENT
    try:
        return _walk(sys.modules[module], qualname)
    except AttributeError:
        return ABSENT


def is_importable(thing: object) -> bool:
    """Tell whether *thing* is what stands under its own name."""
    return namesake(thing) is thing


def is_global(cls: type) -> bool:
    """Tell quickly whether *cls* certainly is importable; the slow way may say so too."""
    module = sys.modules.get(cls.__module__)
    if module is None or cls.__module__ == "__main__" or _registered():
        return False
    return module.__dict__.get(cls.__qualname__) is cls


def reference(fn: FunctionType) -> Reference | None:
    """Return the call that imports *fn* elsewhere, None where it has to travel by value."""
    there = namesake(fn)
    function = there.__func__ if type(there) is MethodType else there
    if function is fn:
        return fetch, (fn.__module__, fn.__qualname__)
    if type(function) is FunctionType and function.__dict__.get(ROUTINE) is fn:
        return fetch_raw, (fn.__module__, fn.__qualname__)
    return None


def fetch(module: str, qualname: str) -> object:
    """Import the function called *qualname*, also where a class method hides it."""
    found = _walk(importlib.import_module(module), qualname)
    return found.__func__ if type(found) is MethodType else found


def fetch_raw(module: str, qualname: str) -> object:
    """Import the function behind the routine called *qualname*."""
    return getattr(fetch(module, qualname), ROUTINE)


def label(fn: object) -> str:
    """Return `module.qualname` of *fn*, or of its type."""
    named = fn if hasattr(fn, "__qualname__") else type(fn)
    return f"{getattr(named, '__module__', None) or '?'}.{getattr(named, '__qualname__', '?')}"


def _walk(start: object, qualname: str) -> object:
    for name in qualname.split("."):
        start = getattr(start, name)
    return start
