"""Where the parts are, and what their files hold."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

PARTS = [
    ROOT / "libs/common",
    ROOT / "services/worker",
    ROOT / "services/proxy-lib",
    ROOT / "services/discovery-docker",
]

PACKAGES = ["wool", "wool_common", "wool_discovery_docker", "wool_worker"]
"""What is written by hand; wool_protocol is generated."""


def sources() -> list[Path]:
    """Return every file of the parts that was written by hand."""
    files = [file for part in PARTS for file in sorted((part / "src").rglob("*.py"))]
    return [file for file in files if "wool_protocol" not in file.parts]


def suites() -> list[Path]:
    """Return every file of every test suite."""
    folders = [part / "tests" for part in PARTS] + [ROOT / "tests"]
    return [file for folder in folders for file in sorted(folder.rglob("*.py"))]


def short(file: Path) -> str:
    """Return the name of *file* as the repository knows it."""
    return file.relative_to(ROOT).as_posix()


def parsed(file: Path) -> ast.Module:
    """Return the syntax tree of *file*."""
    return ast.parse(file.read_text(), filename=str(file))


def settings(folder: Path) -> dict[str, Any]:
    """Return what the pyproject.toml in *folder* says."""
    return tomllib.loads((folder / "pyproject.toml").read_text())


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Yield the qualified name of each function below *tree*, and its length in lines."""
    for node in ast.iter_child_nodes(tree):
        name = prefix
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{prefix}.{node.name}".lstrip(".")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield name, (node.end_lineno or node.lineno) - node.lineno + 1
        yield from functions(node, name)
