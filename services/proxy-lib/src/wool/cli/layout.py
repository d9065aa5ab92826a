"""Lay out rows in columns, in as much room as there is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

GAP: Final = 2
"""Blanks between two columns."""

CUT: Final = "…"
WORD: Final = re.compile(r"\S*\s*")


class Cell(NamedTuple):
    """A text in a style of rich's; plain output leaves the style out."""

    text: str
    style: str = ""


Line = list[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    A column with its *title*.

    Where room is short, columns go in the order of *spare*, the largest first; 0 stays. Cells
    are cut to *least*, which is None for a column that is never cut. It takes the *usual* room
    whatever is in it, so that columns do not come and go with the numbers of one.
    """

    title: str
    right: bool = False
    spare: int = 0
    least: int | None = None
    usual: int = 0
    style: str = "bold"


def laid_out(
    columns: Sequence[Column], rows: Iterable[Sequence[Cell]], width: int | None = None
) -> list[Line]:
    """Return a line of titles, then one for each row; *width* None is as much as it takes."""
    held = [list(row) for row in rows]
    natural = [
        max(column.usual, *(room(text) for text in (column.title, *(row[at].text for row in held))))
        for at, column in enumerate(columns)
    ]
    kept = _kept(columns, natural, width)
    widths = _fitted([columns[at] for at in kept], [natural[at] for at in kept], width)
    titles = [Cell(column.title, column.style) for column in columns]
    return [
        _line([columns[at] for at in kept], [row[at] for at in kept], widths)
        for row in [titles, *held]
    ]


def packed(cells: Iterable[Cell], width: int, gap: int = 3) -> list[Line]:
    """Return *cells* one after the other, in as many lines as they need."""
    lines: list[Line] = []
    used = width
    for cell in cells:
        if used + gap + room(cell.text) > width:
            lines.append([])
            used = -gap
        lines[-1] += [Cell(" " * gap)] * bool(lines[-1]) + [cell]
        used += gap + room(cell.text)
    return [clipped(line, width) for line in lines]


def clipped(line: Line, width: int) -> Line:
    """Return *line* without what is beyond *width*."""
    kept: Line = []
    for cell in line:
        left = width - sum(room(before.text) for before in kept)
        if left <= 0:
            break
        kept.append(Cell(cut(cell.text, left), cell.style))
    return kept


def wrapped(line: Line, width: int, limit: int) -> list[Line]:
    """Return *line* broken between words into *limit* lines at most; the last one is cut."""
    lines: list[Line] = [[]]
    used = 0
    for cell in line:
        for word in WORD.findall(cell.text):
            if used and used + room(word.rstrip()) > width and len(lines) < limit:
                lines.append([])
                used = 0
            lines[-1].append(Cell(word, cell.style))
            used += room(word)
    return [clipped(one, width) for one in lines]


def plain(line: Line) -> str:
    """Return the text of *line*."""
    return "".join(cell.text for cell in line).rstrip()


def room(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    if text.isascii():
        return len(text)
    return sum(_room_of(character) for character in text)


def cut(text: str, width: int) -> str:
    """Return *text* in at most *width* columns."""
    if room(text) <= width:
        return text
    while text and room(text) > width - 1:
        text = text[:-1]
    return text + CUT


def printable(text: str) -> str:
    """Return *text*, which may come from anybody, without what would move the cursor."""
    return "".join(c if c.isprintable() else "�" for c in text)


def _room_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _kept(columns: Sequence[Column], natural: Sequence[int], width: int | None) -> list[int]:
    kept = list(range(len(columns)))
    if width is None:
        return kept

    def least(at: int) -> int:
        limit = columns[at].least
        return natural[at] if limit is None else min(natural[at], limit)

    while sum(map(least, kept)) + GAP * (len(kept) - 1) > width:
        last = max(kept, key=lambda at: columns[at].spare)
        if not columns[last].spare:
            break
        kept.remove(last)
    return kept


def _fitted(columns: Sequence[Column], natural: list[int], width: int | None) -> list[int]:
    if width is None:
        return natural
    widths = list(natural)
    excess = sum(widths) + GAP * (len(widths) - 1) - width
    while excess > 0:
        slack = [
            have - column.least if column.least is not None else 0
            for column, have in zip(columns, widths, strict=True)
        ]
        if max(slack, default=0) <= 0:
            break
        widths[slack.index(max(slack))] -= 1
        excess -= 1
    return widths


def _line(columns: Sequence[Column], cells: Sequence[Cell], widths: Sequence[int]) -> Line:
    line: Line = []
    for column, cell, width in zip(columns, cells, widths, strict=True):
        text = cut(printable(cell.text), width)
        fill = " " * (width - room(text))
        padded = fill + text if column.right else text + fill
        line += [Cell(" " * GAP)] * bool(line) + [Cell(padded, cell.style)]
    return line
