"""Hold the page about operations to what the programs say."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

import pytest
from pages import ROOT, blocks

from wool_common import errors
from wool_common.frames import Hello
from wool_common.misfit import misfit
from wool_common.startup import GRACE

PAGE = ROOT / "docs/operations.md"
TOLD = re.compile(r"<!-- told -->(.+?)<!-- /told -->", re.DOTALL)
SAID = re.compile(r"`([^`]+)`")
ENDS = re.compile(r"…|[()]|: ")
"""Where a text has something that differs from case to case, or a name before it."""

LEAST = 4
"""Shorter parts say nothing."""


@pytest.fixture(name="known", scope="module")
def _known() -> list[str]:
    """Be every text in the programs, and what they were seen to say."""
    sources = [*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    seen = [ROOT / "docs/errors.md", *ROOT.glob("examples/expected/*.txt")]
    texts = [text for source in sources for text in constants(source.read_text())]
    names = [*dir(errors), *dir(builtins)]
    return [*texts, *names, *(file.read_text() for file in seen)]


def constants(source: str) -> Iterator[str]:
    """Yield the literal parts of all texts in *source*."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_what_is_told_is_what_programs_say(known: list[str]) -> None:
    """Each part of a text in the tables stands in the code, or was seen."""
    rows = [row for table in TOLD.findall(PAGE.read_text()) for row in table.strip().split("\n")]
    cells = [row.split(" | ")[0] for row in rows[2:] if row.startswith("| ")]
    parts = {p.strip() for cell in cells for said in SAID.findall(cell) for p in ENDS.split(said)}

    assert len(parts) > 30
    assert [p for p in parts if len(p) >= LEAST and not any(p in text for text in known)] == []


def test_misfits_are_told_as_they_are() -> None:
    """The page quotes what a worker tells a client that does not fit."""
    hello = Hello(protocol=1, python="3.11", pickle=5, client="", version="0.1.0")
    quoted = [block.code for block in blocks(PAGE, "text") if "speaks protocol" in block.code]

    assert quoted == [
        f"{misfit(hello, protocol=1, python='3.12', version='0.1.0')}\n"
        f"{misfit(hello, protocol=2, python='3.11', version='0.2.0')}\n"
    ]


def test_grace_is_the_default() -> None:
    """The page tells the grace that a worker has where nobody says otherwise."""
    assert f"`--grace` seconds ({GRACE:g})" in PAGE.read_text()
