"""Run what the pages show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pages import name_of, pages, python_blocks

RUNNER = Path(__file__).with_name("run_page.py")
SHOWING = [page for page in pages() if any(python_blocks(page))]
STRICT = ["-W", "error", "-W", "ignore:unclosed:ResourceWarning:zeroconf._utils.net"]
"""zeroconf drops a socket unclosed where a network goes away while it is bound to it."""


@pytest.mark.parametrize("page", SHOWING, ids=name_of)
def test_python_blocks_run(page: Path, tmp_path: Path) -> None:
    """Every Python block of a page runs without a warning and prints what the page says."""
    done = subprocess.run(
        [sys.executable, *STRICT, RUNNER, page],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", SHOWING, ids=name_of)
def test_blocks_that_do_not_run_say_why(page: Path) -> None:
    """A block is left out for a reason that readers of the source can see."""
    excuses = [block.excuse for block in python_blocks(page) if block.excuse is not None]

    assert [excuse for excuse in excuses if len(excuse.split()) < 3] == []
    assert page.read_text().count("<!-- not run:") == len(excuses), "an excuse without its block"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("```python\nprint(1)\n```\n\n```text\n2\n```\n", "line 2: the page says"),
        ("```python\nraise ValueError\n```\n", "line 2, in <module>"),
    ],
)
def test_the_runner_sees_what_is_wrong(text: str, complaint: str, tmp_path: Path) -> None:
    """A block that prints something else, or fails, is told with its line."""
    page = tmp_path / "page.md"
    page.write_text(text)

    done = subprocess.run(
        [sys.executable, RUNNER, page], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 1
    assert complaint in done.stderr
