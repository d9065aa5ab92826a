"""Scripts, packages, shells and notebooks run as they are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent / "scripts"
IPYTHON = Path(sys.executable).with_name("ipython")

QUICK = """
import asyncio
import wool

class OwnError(Exception):
    pass

@wool.routine
async def add(x, y):
    if x < 0:
        raise OwnError(x)
    return x + y

async def main():
    async with wool.WorkerPool(size=1):
        print(await add(1, 2))
        try:
            await add(-1, 0)
        except OwnError as exc:
            print("OwnError", exc.args)

asyncio.run(main())
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which nothing is written to the user's home."""
    return os.environ | {"HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython")}


def run(
    *arguments: object,
    environ: dict[str, str],
    told: str | None = None,
    folder: Path = SCRIPTS,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(
        [str(argument) for argument in arguments],
        env=environ,
        cwd=folder,
        input=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what was printed by a program that ended well and had nothing to complain of."""
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.splitlines()


def script(name: str, environ: dict[str, str]) -> list[str]:
    """Return what the script *name* prints, run with warnings as errors."""
    return lines(run(sys.executable, "-W", "error", f"{name}.py", environ=environ))


def test_classes_of_the_script_stay_the_same(environ: dict[str, str]) -> None:
    """`type(...) is`, `isinstance`, `except` and `except*` work with classes of `__main__`."""
    assert script("own_classes", environ) == [
        "True True 4 True",
        "True",
        "True 3",
        "True True True",
        "True",
        "except True 7 ('7: on purpose',)",
        "caught OtherError 1",
        "except* True",
    ]


def test_a_script_needs_no_guard(environ: dict[str, str]) -> None:
    """Workers do not run the script: it begins once."""
    assert script("unguarded", environ) == ["begins", "3", "ends"]


def test_a_module_beside_the_script(environ: dict[str, str]) -> None:
    """Workers import what the script imports."""
    expected = ["True 8", "11", "HelperError: -1 is negative"]

    assert script("beside", environ) == expected


def test_a_script_in_another_folder(environ: dict[str, str], tmp_path: Path) -> None:
    """Where the script lies counts, not where it is started."""
    done = run(sys.executable, SCRIPTS / "beside.py", environ=environ, folder=tmp_path)

    assert lines(done) == ["True 8", "11", "HelperError: -1 is negative"]


def test_what_changed_is_sent_anew(environ: dict[str, str]) -> None:
    """Globals, what they hold, classes and functions are seen as they are at the call."""
    assert script("changing", environ) == ["22 22", "33 33", "45 45", "450 450", "270 270"]


def test_a_module_of_a_package(environ: dict[str, str]) -> None:
    """`python -m package.module` works as a script does."""
    done = run(sys.executable, "-W", "error", "-m", "shop.main", environ=environ)

    assert lines(done) == ["__main__ shop True 5", "Refused: no name"]


def test_a_script_from_standard_input(environ: dict[str, str], tmp_path: Path) -> None:
    """`python -` has no file; code travels all the same."""
    done = run(sys.executable, "-", environ=environ, told=QUICK, folder=tmp_path)

    assert lines(done) == ["3", "OwnError (-1,)"]


def test_a_script_from_the_command_line(environ: dict[str, str], tmp_path: Path) -> None:
    """`python -c` does as well."""
    done = run(sys.executable, "-c", QUICK, environ=environ, folder=tmp_path)

    assert lines(done) == ["3", "OwnError (-1,)"]


def test_a_script_that_fails(environ: dict[str, str]) -> None:
    """Its error is the one that is shown, soon, with nothing else."""
    begin = time.monotonic()
    done = run(sys.executable, "failing.py", environ=environ)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("Traceback (most recent call last)") == 1, done.stderr
    assert done.stderr.splitlines()[-1] == "ValueError: the script's own"
    assert time.monotonic() - begin < 20


def test_prints_of_routines(environ: dict[str, str]) -> None:
    """They come out on the caller's streams as whole lines, before the pool is left."""
    done = run(sys.executable, "printing.py", environ=environ)

    out = done.stdout.splitlines()
    spoken = Counter(
        match[1] for text in out if (match := re.fullmatch(r"<([a-d]) \d+ x{120}>", text))
    )
    assert done.returncode == 0
    assert spoken == dict.fromkeys("abcd", 200)
    assert out[-3:] == ["<raw ä>", "no newline at the end", "<end>"]
    assert len(out) == 4 * 200 + 3
    errors = [
        text for text in done.stderr.splitlines() if not re.fullmatch(r"<[a-d] \d+ err>", text)
    ]
    assert errors == []
    assert len(done.stderr.splitlines()) == 4 * 10


def test_each_worker_s_lines_stay_in_order(environ: dict[str, str]) -> None:
    """What one routine prints is not shuffled."""
    out = run(sys.executable, "printing.py", environ=environ).stdout

    for name in "abcd":
        assert re.findall(rf"<{name} (\d+) ", out) == [str(number) for number in range(200)]


def test_arrays(environ: dict[str, str]) -> None:
    """NumPy arrays of any layout come back identical, writable, and shared where they were."""
    names = ["big", "small", "fortran", "strided", "empty", "scalar", "records", "texts", "objects"]

    assert script("arrays", environ) == [
        *(f"{name} True True True" for name in names),
        "negated True",
        "rows True",
        "shared True",
    ]


def test_ipython_runs_a_command(environ: dict[str, str], tmp_path: Path) -> None:
    """`ipython -c`, with an await at the top."""
    code = QUICK.replace("asyncio.run(main())", "await main()")

    done = run(IPYTHON, "--no-banner", "-c", code, environ=environ, folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["3", "OwnError (-1,)"]


def test_ipython_reads_cells(environ: dict[str, str], tmp_path: Path) -> None:
    """A session, piped: every line is a cell, the loop stands still between them."""
    cells = [
        "import wool",
        "factor = 2",
        "exec('@wool.routine\\nasync def scaled(number): return number * factor')",
        "pool = await wool.WorkerPool(size=1).__aenter__()",
        "print('first', await pool.run(scaled, 21))",
        "factor = 3",
        "print('second', await pool.run(scaled, 21))",
        "await pool.__aexit__(None, None, None)",
    ]
    told = "\n".join([*cells, "exit", ""])

    done = run(
        IPYTHON,
        "--simple-prompt",
        "--no-banner",
        "--colors=NoColor",
        environ=environ,
        told=told,
        folder=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert re.findall(r"(?:first|second) \d+", done.stdout) == ["first 42", "second 63"]


def test_a_notebook(environ: dict[str, str]) -> None:
    """Cells in a loop that runs all the time, with functions defined anew."""
    done = run(sys.executable, "notebook.py", environ=environ)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "42",
        "63",
        "OwnError (-1,)",
        "anew 63",
        "['anew 0', 'anew 3']",
        "anew 3",
    ]
