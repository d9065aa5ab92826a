"""Read the pages that are shown to readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FENCE = re.compile(r"^(?P<ticks>```+)(?P<language>\w*)\s*$")
EXCUSE = re.compile(r"^<!-- not run: (?P<reason>.+) -->$")
TYPED = "<!-- typed by the test -->"
"""Right above a shell block that is run with the Python blocks of its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """
    A block of a page; *line* is that of its first line of code.

    *printed* is the text block right below it, None where there is none. *excuse* is why
    it is not run: a comment `<!-- not run: ... -->` right above it. *typed* tells of a
    shell block that it is.
    """

    language: str
    line: int
    code: str
    printed: str | None
    excuse: str | None
    typed: bool


@dataclass(slots=True)
class _Fenced:
    first: int
    last: int
    language: str
    text: str


def pages() -> list[Path]:
    """Return every page of the repository."""
    parts = [*ROOT.glob("libs/*/README.md"), *ROOT.glob("services/*/README.md")]
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *parts])


def name_of(page: Path) -> str:
    """Return the name of *page* as the repository knows it."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, *languages: str) -> Iterator[Block]:
    """Yield the blocks of *page* in one of *languages*."""
    lines = page.read_text().splitlines()
    fenced = list(_fenced(lines))
    for block, following in zip(fenced, [*fenced, None][1:], strict=True):
        if block.language not in languages:
            continue
        printed = None
        if following is not None and following.language == "text":
            between = "".join(lines[block.last + 1 : following.first])
            printed = None if between.strip() else following.text
        above = next((line for line in reversed(lines[: block.first]) if line.strip()), "")
        excuse = EXCUSE.match(above)
        yield Block(
            language=block.language,
            line=block.first + 2,
            code=block.text,
            printed=printed,
            excuse=excuse["reason"] if excuse else None,
            typed=above == TYPED,
        )


def python_blocks(page: Path) -> Iterator[Block]:
    """Yield the Python blocks of *page*."""
    return blocks(page, "python")


def prose(page: Path) -> str:
    """Return the text of *page* without its fenced blocks."""
    lines = page.read_text().splitlines()
    for block in _fenced(lines):
        lines[block.first : block.last + 1] = [""] * (block.last + 1 - block.first)
    return "\n".join(lines)


def _fenced(lines: list[str]) -> Iterator[_Fenced]:
    opened: tuple[int, str, str] | None = None
    for number, line in enumerate(lines):
        fence = FENCE.match(line)
        if fence is None:
            continue
        if opened is None:
            opened = number, fence["ticks"], fence["language"]
        elif fence["ticks"] == opened[1] and not fence["language"]:
            first, _, language = opened
            text = "".join(f"{line}\n" for line in lines[first + 1 : number])
            yield _Fenced(first, number, language, text)
            opened = None
    assert opened is None, f"a block that begins in line {opened[0] + 1} never ends"
