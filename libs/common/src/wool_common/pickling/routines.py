"""Rebuild routines that travel by value."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import FunctionType
from typing import Final

from wool_common.pickling.names import OPTIONS

_WRAPPER: Final = "wool.runtime.routine.wrapper"
_DRESS: Final = ("__name__", "__qualname__", "__module__", "__doc__", "__annotations__")


def reduce_routine(routine: FunctionType, raw: object) -> tuple[object, ...]:
    """Return how pickle takes *routine* apart."""
    dress = {name: getattr(routine, name) for name in _DRESS}
    parts = raw, getattr(routine, OPTIONS, None)
    return rebuild_routine, parts, dress, None, None, dress_routine


def rebuild_routine(raw: Callable[..., object], options: object) -> object:
    """
    Make the routine around *raw* again.

    *raw* may still be a skeleton (its code is there, its defaults and globals
    follow), because a routine may refer to itself.
    """
    return importlib.import_module(_WRAPPER).rebuild(raw, options)


def dress_routine(routine: object, dress: dict[str, object]) -> None:
    """Give *routine* the names its raw function did not have when it was rebuilt."""
    for name, value in dress.items():
        setattr(routine, name, value)
