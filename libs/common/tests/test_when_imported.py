"""Acting when a module is imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wool_common.when_imported import when_imported


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return the name of a module that can be imported."""
    (tmp_path / "expected_module.py").write_text("value = 7\n")
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    before = [*sys.meta_path]
    yield "expected_module"
    sys.modules.pop("expected_module", None)
    sys.meta_path[:] = before


def test_it_is_acted_once_the_module_is_there(module: str) -> None:
    """The module is whole by then, and its own loader's; nothing is left behind."""
    before, seen = [*sys.meta_path], list[int]()
    when_imported(module, lambda: seen.append(sys.modules[module].value))
    assert (seen, module in sys.modules) == ([], False)

    found = importlib.import_module(module)
    importlib.reload(found)

    assert (seen, sys.meta_path) == ([7], before)
    assert type(found.__loader__).__name__ == "SourceFileLoader"
    assert found.__spec__ is not None
    assert found.__spec__.loader is found.__loader__


def test_it_is_acted_at_once_where_the_module_is_there(module: str) -> None:
    """Each time anew."""
    importlib.import_module(module)
    seen = list[int]()

    for number in range(2):
        when_imported(module, lambda number=number: seen.append(number))

    assert seen == [0, 1]


def test_who_asks_last_is_who_is_told(module: str) -> None:
    """Of several that expect one module, only one remains."""
    seen = list[str]()
    when_imported(module, lambda: seen.append("first"))
    when_imported(module, lambda: seen.append("last"))

    importlib.import_module(module)

    assert seen == ["last"]


def test_a_module_that_there_is_not_is_missed_as_ever() -> None:
    """Whoever imports it is told so by Python."""
    before = [*sys.meta_path]
    when_imported("no_such_module_at_all", lambda: None)

    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        importlib.import_module("no_such_module_at_all")

    assert sys.meta_path == before
