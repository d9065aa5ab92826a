"""Hold what the pages say of others to what was measured, and to what is there."""

from __future__ import annotations

import re

from pages import ROOT

import wool

DOCS = ROOT / "docs"
NAME = re.compile(r"`(\w+)`")


def between(text: str, begin: str, end: str) -> str:
    """Return the part of *text* from one comment to the other."""
    return text.partition(f"<!-- {begin} -->")[2].partition(f"<!-- {end} -->")[0]


def test_figures_are_those_of_the_benchmarks() -> None:
    """Each row of the comparison stands in the page about benchmarks."""
    measured = (DOCS / "benchmarks.md").read_text().splitlines()
    rows = between((DOCS / "comparison.md").read_text(), "rows of docs/benchmarks.md", "/rows")

    assert len(rows.strip().splitlines()) > 5
    assert [row for row in rows.strip().splitlines() if row not in measured] == []


def test_names_of_0_15_are_kept_or_gone_as_the_page_says() -> None:
    """`wool` has the names that the page says it has, and none of those that are gone."""
    text = (DOCS / "migration/wool-0.15.md").read_text()
    kept = NAME.findall(between(text, "names: kept", "/names"))
    rows = between(text, "names: gone", "/names").strip().splitlines()[2:]
    gone = [name for row in rows for name in NAME.findall(row.split(" | ")[0])]

    assert (len(kept), len(gone), len({*kept, *gone})) == (41, 32, 73)
    assert [name for name in kept if not hasattr(wool, name)] == []
    assert [name for name in gone if hasattr(wool, name)] == []
