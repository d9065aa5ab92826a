"""Run every example as a reader would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
EXPECTED = EXAMPLES / "expected"
FILES = sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))

TALKATIVE = {
    "09_map_and_gather": "draws a progress bar",
    "14_errors": "has a worker crash, which is reported",
}
"""The examples that write to standard error, and why."""


@pytest.mark.parametrize("example", FILES, ids=lambda file: file.stem)
def test_example_prints_what_is_expected(example: Path, tmp_path: Path) -> None:
    """An example ends well, warns of nothing and prints what its readers are told."""
    done = subprocess.run(
        [sys.executable, "-W", "error", example],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    expected = (EXPECTED / f"{example.stem}.txt").read_text()
    assert (done.returncode, done.stdout) == (0, expected), done.stderr
    if example.stem not in TALKATIVE:
        assert done.stderr == ""


def test_examples_are_numbered_without_gaps() -> None:
    """The examples can be read in order, and each has its expected output."""
    numbers = [int(file.stem.partition("_")[0]) for file in FILES]

    assert numbers == list(range(1, len(FILES) + 1))
    assert {file.stem for file in EXPECTED.glob("*.txt")} == {file.stem for file in FILES}


def test_every_example_says_what_it_shows() -> None:
    """An example begins with one line that says what it shows."""
    first = {file.stem: file.read_text().splitlines()[0] for file in FILES}

    assert {name for name, line in first.items() if not line.endswith('."""')} == set()
