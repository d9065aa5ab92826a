"""Hold every error to the one tree."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from house import PACKAGES

from wool_common.errors import WoolError, WoolWarning


def modules() -> Iterator[ModuleType]:
    """Import and yield every module of every part."""
    for package in map(importlib.import_module, PACKAGES):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith(".__main__"):
                yield importlib.import_module(found.name)


def test_every_exception_descends_from_the_roots() -> None:
    """Each exception class a part defines is a WoolError or a WoolWarning."""
    strays = {
        f"{module.__name__}.{name}"
        for module in modules()
        for name, member in inspect.getmembers(module, inspect.isclass)
        if member.__module__ == module.__name__
        and issubclass(member, BaseException)
        and not issubclass(member, WoolError | WoolWarning)
    }

    assert strays == set()
