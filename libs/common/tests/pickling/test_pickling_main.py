"""What a script defines behaves like what a module defines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LIMIT = 60


def python(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def test_a_script_with_classes_and_routines_of_its_own() -> None:
    """Classes of the main module come back as themselves, its functions find its globals."""
    done = python("pickling_main.py")

    assert (done.stdout, done.returncode) == ("fine\n", 0), done.stderr


def test_pickling_loads_no_library_it_does_not_need_yet() -> None:
    """What only errors or definitions need is imported when they come up."""
    done = python(
        "-c",
        "import sys\n"
        "from wool_common.pickling import callables, exceptions, inbound, values\n"
        "values.load(values.dump(((1, 2), {})))\n"
        "print(*{'tblib', 'hashlib', 'numpy', 'asyncio'}.intersection(sys.modules))",
    )

    assert (done.stdout, done.returncode) == ("\n", 0), done.stderr
