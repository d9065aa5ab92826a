"""Hold the Taskfile to what its readers are told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from house import ROOT

TASK = Path(sys.executable).with_name("task")


def test_every_task_says_what_it_does() -> None:
    """`task --list` shows every task that is not internal."""

    def names(option: str) -> set[str]:
        listing = subprocess.run(
            [TASK, option, "--json"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return {task["name"] for task in json.loads(listing.stdout)["tasks"]}

    assert names("--list-all") == names("--list")
