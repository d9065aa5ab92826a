"""Hold the pages to the code they describe."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap

import pytest
from pages import ROOT

from wool_common import errors


@pytest.mark.parametrize(
    "tool",
    ["architecture_docs.py", "worker_docs.py", "discovery_service_docs.py", "metrics_docs.py"],
)
def test_drawn_blocks_are_fresh(tool: str) -> None:
    """What is drawn from the code is what the code gives today."""
    command = [sys.executable, ROOT / "tools" / tool, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tree_of_errors_is_the_one_in_the_code() -> None:
    """docs/errors.md shows the tree that stands at the top of `wool_common.errors`."""
    tree = textwrap.dedent((errors.__doc__ or "").partition("\n\n")[2]).strip()

    assert tree in (ROOT / "docs/errors.md").read_text()


def test_decisions_are_listed() -> None:
    """Every decision has a number of its own, and stands in the list under its title."""
    folder = ROOT / "docs/decisions"
    files = sorted(folder.glob("[0-9]*.md"))
    titles = {file.name: file.read_text().partition("\n")[0].removeprefix("# ") for file in files}
    rows = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", (folder / "README.md").read_text(), re.M
    )

    assert {file: f"{number} {title}" for number, file, title in rows} == titles
    assert len({name[:4] for name in titles}) == len(titles)
