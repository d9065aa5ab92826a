"""Hold the page about the protocol to the table and the frames it describes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from pages import ROOT

from wool_common import frames as f
from wool_common.conversation import FROM_CLIENT, NEXT, Phase

PAGE = ROOT / "docs/protocol.md"
KINDS: dict[str, type[f.TaskFrame]] = {kind.__name__: kind for kind in get_args(f.TaskFrame)}
EDGE = re.compile(r"^    (\w+) --> (\w+): (.+)$", re.M)
ROW = re.compile(r"^\| (?:→|←) (\w+) \| (.+) \|$", re.M)


def check(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the tool of the repository at *root*."""
    command = [sys.executable, root / "tools/protocol_docs.py", "--check"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a repository that holds the page and what draws it."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "tools").mkdir()
    for file in ("docs/protocol.md", "tools/protocol_docs.py", "tools/drawn.py"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def test_the_page_is_fresh() -> None:
    """What is drawn on the page is what the code gives today."""
    done = check(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("asked --> running: ← Accepted", "asked --> stopping: ← Accepted"),
        ("| *asked* | A call was sent and not answered. |", "| *asked* | Something else. |"),
        ("| `Cancelled` | The routine ended by cancellation. | task, seconds |\n", ""),
    ],
)
def test_a_stale_page_is_noticed(copy: Path, before: str, after: str) -> None:
    """A row, a word or a frame that the code does not have fails the check."""
    page = copy / "docs/protocol.md"
    text = page.read_text()
    page.write_text(text.replace(before, after))

    done = check(copy)

    assert before in text
    assert (done.returncode, done.stderr) == (1, "")
    assert "protocol.md is stale" in done.stdout


def test_the_diagrams_show_the_whole_table() -> None:
    """Every row but those about tasks that have ended is an arrow, and there is no other arrow."""
    drawn = {
        (Phase(before), KINDS[label.split()[1]]): Phase(after)
        for before, after, labels in EDGE.findall(PAGE.read_text())
        for label in labels.split(", ")
    }

    assert drawn == {row: after for row, after in NEXT.items() if row[0] is not Phase.ENDED}


def test_the_arrows_of_frames_point_the_right_way() -> None:
    """What clients say goes right, what workers say goes left."""
    arrows = set(re.findall(r"(→|←) ([A-Z]\w+)", PAGE.read_text()))

    assert {name for arrow, name in arrows if arrow == "→"} == {k.__name__ for k in FROM_CLIENT}
    assert {name for _, name in arrows} == set(KINDS)


def test_the_tables_show_the_whole_table() -> None:
    """The cells of the two tables are the rows, those about ended tasks among them."""
    text = PAGE.read_text()
    shown: dict[tuple[Phase, type[f.TaskFrame]], Phase] = {}
    for part in text.split("| | ")[1:]:
        header, _, rows = part.partition("\n")
        phases = [Phase(name) for name in re.findall(r"\*(\w+)\*", header)]
        for name, cells in ROW.findall(rows.partition("<!--")[0]):
            for phase, cell in zip(phases, cells.split("|"), strict=True):
                if cell.strip():
                    shown[phase, KINDS[name]] = Phase(cell.strip())

    assert shown == dict(NEXT)
