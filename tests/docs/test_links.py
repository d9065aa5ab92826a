"""Follow the links between the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import ROOT, name_of, pages, prose

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(?P<text>.+?)\s*$", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors that the headings of *page* make."""
    texts = [match["text"].lower() for match in HEADING.finditer(prose(page))]
    return {re.sub(r"[^\w\- ]", "", text).replace(" ", "-") for text in texts}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file of the repository finds it, and the heading it names."""
    lost: list[str] = []
    for match in LINK.finditer(prose(page)):
        target, _, anchor = match["target"].partition("#")
        if "://" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        found = file.exists() and file.is_relative_to(ROOT)
        if not found or (anchor and anchor not in anchors(file)):
            lost.append(match["target"])

    assert lost == []


@pytest.mark.parametrize("start", ["README.md", "docs/README.md"])
def test_every_page_can_be_reached(start: str) -> None:
    """Whoever follows links from the README, or from the index, comes to every page in docs/."""
    seen: set[Path] = set()
    queue = [ROOT / start]
    while queue:
        page = queue.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        queue += linked(page)

    assert {name_of(page) for page in (ROOT / "docs").rglob("*.md") if page not in seen} == set()


def test_index_has_every_page() -> None:
    """The index leads to each page of docs/ at once, and to the decisions by their own list."""
    index = ROOT / "docs/README.md"
    decisions = set((ROOT / "docs/decisions").glob("[0-9]*.md"))

    missing = {*(ROOT / "docs").rglob("*.md")} - {index, *decisions, *linked(index)}

    assert {name_of(page) for page in missing} == set()


def test_index_says_what_each_page_is_for() -> None:
    """A row of the index is a link and a few words."""
    rows = [
        row for row in (ROOT / "docs/README.md").read_text().splitlines() if row.startswith("| [")
    ]

    assert len(rows) > 30
    assert [row for row in rows if len(row.strip("| ").split(" | ")[1].split()) < 3] == []


def linked(page: Path) -> list[Path]:
    """Return the files that *page* links to."""
    targets = [match["target"].partition("#")[0] for match in LINK.finditer(prose(page))]
    return [(page.parent / target).resolve() for target in targets if "://" not in target]
