"""The demonstration as people start it."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT_RICH = """
import sys
sys.modules["rich"] = None  # as if it were not installed
sys.stderr.isatty = lambda: True
from wool.demo.__main__ import main
sys.exit(main(["--workers", "1", "--limit", "5"]))
"""


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the demonstration to its end."""
    command = [sys.executable, "-W", "error", "-m", "wool.demo", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_it_plays() -> None:
    """Two workers count twenty files, stream notes and are compared with one process."""
    done = demo("--workers", "2", "--limit", "20")

    assert done.returncode == 0, done.stderr
    assert "20 source files" in done.stdout
    assert "Both came to the same counts." in done.stdout
    assert done.stdout.count("\nprocess ") == 2
    assert "files 20/20" in done.stderr


def test_it_plays_without_rich() -> None:
    """On a terminal without the extra, lines stand in for the bar."""
    command = [sys.executable, "-c", WITHOUT_RICH]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    assert "files 5/5" in done.stderr


@pytest.mark.parametrize("flag", ["--workers", "--limit"])
@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_wrong_numbers_are_named(flag: str, value: str) -> None:
    """A wrong number ends with exit code 2 and a line that names the flag."""
    done = demo(f"{flag}={value}")

    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last == (
        f"wool-demo: error: argument {flag}: must be a whole number above 0, not '{value}'"
    )
