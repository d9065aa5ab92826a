"""Rows in columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wool.cli.layout import Cell, Column, clipped, cut, laid_out, packed, plain, room

COLUMNS = (
    Column(title="NAME", least=4),
    Column(title="SIZE", right=True, spare=1),
    Column(title="WHY", spare=2),
)
ROWS = [
    [Cell("a-long-name"), Cell("7"), Cell("because")],
    [Cell("b"), Cell("1234"), Cell("-")],
]


def drawn(width: int | None) -> list[str]:
    """Return the table as text."""
    return [plain(line) for line in laid_out(COLUMNS, ROWS, width)]


def test_columns_are_as_wide_as_needed() -> None:
    """Where there is room for all, nothing is left out."""
    assert (
        drawn(None)
        == drawn(200)
        == [
            "NAME         SIZE  WHY",
            "a-long-name     7  because",
            "b            1234  -",
        ]
    )


def test_spare_columns_go_first_and_cells_are_cut_next() -> None:
    """The most spare column goes first; what may be cut is, before one goes."""
    assert drawn(19)[1] == "a-l…     7  because"
    assert drawn(18) == ["NAME         SIZE", "a-long-name     7", "b            1234"]
    assert drawn(8) == ["NAME", "a-long-…", "b"]


def test_wide_characters_count_as_two() -> None:
    """A name in Chinese leaves the columns in line."""
    lines = laid_out(COLUMNS, [[Cell("工人"), Cell("1"), Cell("x")]], None)

    assert [room(plain(line)) for line in lines] == [15, 13]


def test_what_moves_the_cursor_is_not_printed() -> None:
    """Tags come from strangers."""
    [_, line] = laid_out(COLUMNS, [[Cell("\x1b[2J"), Cell("1"), Cell("\n")]], None)

    assert plain(line) == "�[2J     1  �"


@given(st.text(max_size=30), st.integers(1, 40))
def test_cutting_fits(text: str, width: int) -> None:
    """Whatever the text, there is room for it."""
    assert room(cut(text, width)) <= width


@given(
    st.lists(st.lists(st.text(max_size=12), min_size=3, max_size=3), max_size=5),
    st.integers(20, 60),
)
def test_no_line_is_wider_than_the_screen(rows: list[list[str]], width: int) -> None:
    """Columns that may not be cut are left out in time."""
    lines = laid_out(COLUMNS, [[Cell(text) for text in row] for row in rows], width)

    assert max(room(plain(line)) for line in lines) <= width


@pytest.mark.parametrize(("width", "lines"), [(40, 1), (12, 2), (6, 3)])
def test_items_are_packed_in_lines(width: int, lines: int) -> None:
    """Items that do not fit into a line begin another one."""
    packed_lines = packed([Cell("first"), Cell("next"), Cell("last")], width, gap=2)

    assert len(packed_lines) == lines
    assert "".join(map(plain, packed_lines)).replace(" ", "") == "firstnextlast"


def test_lines_are_clipped_where_the_screen_ends() -> None:
    """Styles stay with what is left."""
    assert clipped([Cell("abc", "red"), Cell("def")], 4) == [Cell("abc", "red"), Cell("…")]
