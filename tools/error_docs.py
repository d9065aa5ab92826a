"""
Draw the table of wrong calls, each with what it is told, into docs/errors.md.

    python tools/error_docs.py                # write what has changed
    python tools/error_docs.py --check        # fail where the page is stale
    python tools/error_docs.py --told FILE    # take what was told from there

The calls are those of tests/mistakes, and made while this runs; FILE is what
tests/mistakes/make_mistakes.py has written.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from drawn import main

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs/errors.md"
MISTAKES: Final = ROOT / "tests/mistakes"
TOLD: Final = "--told"


def table(file: Path) -> str:
    """Return the table, with what was told according to *file*."""
    command = [sys.executable, MISTAKES / "drawing.py", file]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def run(argv: Sequence[str]) -> int:
    """Draw the table as *argv* says."""
    arguments = list(argv)
    if TOLD in arguments:
        at = arguments.index(TOLD)
        _, file = arguments[at : at + 2]
        del arguments[at : at + 2]
        return main(PAGE, {"mistakes": table(Path(file))}, "error_docs.py", arguments)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "told.json"
        subprocess.run([sys.executable, MISTAKES / "make_mistakes.py", file], check=True)
        return main(PAGE, {"mistakes": table(file)}, "error_docs.py", arguments)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
