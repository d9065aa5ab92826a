"""Hold who may import whom, and how much `import wool` costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from house import ROOT

HEAVY = {"aiodocker", "aiohttp", "numpy", "opentelemetry", "prometheus_client", "rich", "zeroconf"}


def test_import_contracts_are_kept() -> None:
    """import-linter finds every contract of pyproject.toml kept."""
    linter = Path(sys.executable).with_name("lint-imports")

    checked = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_import_wool_is_light() -> None:
    """`import wool` loads no library that only some need."""
    code = "import sys, wool; print(*{name.partition('.')[0] for name in sys.modules})"

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()

    assert HEAVY.intersection(loaded) == set()


def test_import_wool_has_no_side_effects() -> None:
    """`import wool` prints nothing, starts no thread or process and changes no signal handler."""
    code = (
        "import os, signal, sys, threading\n"
        "before = [signal.getsignal(number) for number in signal.valid_signals()]\n"
        "import wool\n"
        "after = [signal.getsignal(number) for number in signal.valid_signals()]\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
        "assert before == after\n"
        "try:\n"
        "    os.waitpid(-1, os.WNOHANG)\n"
        "except ChildProcessError:\n"
        "    pass\n"
        "else:\n"
        "    raise AssertionError('a process was started')\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
