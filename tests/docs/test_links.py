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


def test_every_page_can_be_reached() -> None:
    """Whoever follows links from the README comes to every page in docs/."""
    seen: set[Path] = set()
    queue = [ROOT / "README.md"]
    while queue:
        page = queue.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        targets = [match["target"].partition("#")[0] for match in LINK.finditer(prose(page))]
        queue += [(page.parent / target).resolve() for target in targets if "://" not in target]

    assert {name_of(page) for page in (ROOT / "docs").rglob("*.md") if page not in seen} == set()
