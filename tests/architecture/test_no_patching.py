"""Hold tests to seams and fakes: a patched internal proves nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from house import parsed, short, suites


def imported_from_wool(tree: ast.Module) -> set[str]:
    """Return the names that *tree* binds to something of the parts."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                (alias.asname or alias.name).partition(".")[0]
                for alias in node.names
                if alias.name.startswith("wool")
            }
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wool"):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def belongs_to_wool(target: ast.expr, names: set[str]) -> bool:
    """Tell whether *target* names something of the parts."""
    if isinstance(target, ast.Constant):
        return isinstance(target.value, str) and target.value.startswith("wool")
    while isinstance(target, ast.Attribute):
        target = target.value
    return isinstance(target, ast.Name) and target.id in names


def mocks(node: ast.AST) -> bool:
    """Tell whether *node* brings in a mocking library."""
    if isinstance(node, ast.Import):
        return any(alias.name in ("unittest.mock", "mock") for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        return node.module in ("unittest.mock", "mock") or (
            node.module == "unittest" and "mock" in names
        )
    return isinstance(node, ast.arg) and node.arg == "mocker"


def patches(tree: ast.Module) -> Iterator[int]:
    """Yield the lines where *tree* mocks anything or replaces something of the parts."""
    names = imported_from_wool(tree)
    for node in ast.walk(tree):
        if mocks(node):
            yield getattr(node, "lineno", 0)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("setattr", "delattr", "setitem")
            and node.args
            and belongs_to_wool(node.args[0], names)
        ):
            yield node.lineno


@pytest.mark.parametrize(
    "text",
    [
        "from unittest.mock import patch",
        "from unittest import mock",
        "import unittest.mock",
        "def test(mocker): ...",
        "import wool.runtime as r\ndef test(monkeypatch): monkeypatch.setattr(r.pool, 'x', 1)",
        "def test(monkeypatch): monkeypatch.setattr('wool_common.link.x', 1)",
    ],
)
def test_the_scan_sees_patches(text: str) -> None:
    """The scan finds each way of replacing an internal."""
    assert list(patches(ast.parse(text))) != []


def test_the_scan_lets_others_be() -> None:
    """The scan leaves changes of the environment and of other libraries alone."""
    text = "import sys\ndef test(monkeypatch): monkeypatch.setattr(sys, 'argv', [])"

    assert list(patches(ast.parse(text))) == []


def test_no_test_patches_internals() -> None:
    """No test mocks, and none replaces an attribute of the parts."""
    found = {f"{short(file)}:{line}" for file in suites() for line in patches(parsed(file))}

    assert found == set()
