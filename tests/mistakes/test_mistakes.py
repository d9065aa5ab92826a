"""Whoever calls something wrongly is told what is wrong, and the page shows it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from making import Told
from mistake import Area, Mistake
from normal import normal
from table import AREAS

ROOT = Path(__file__).resolve().parents[2]
MAKE = Path(__file__).with_name("make_mistakes.py")
ROWS = [(area, mistake) for area in AREAS for mistake in area.mistakes]

LEAST = 60
"""How many wrong calls there are to be."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that says what each call was told; all are made once."""
    out = tmp_path_factory.mktemp("mistakes") / "told.json"
    done = subprocess.run(
        [sys.executable, MAKE, out], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def told(file: Path) -> dict[str, Told]:
    """Return what was told, by the key of the mistake."""
    return {facts["key"]: Told(**facts) for facts in json.loads(file.read_text())}


@pytest.mark.parametrize(
    ("area", "mistake"), ROWS, ids=[area.key(mistake) for area, mistake in ROWS]
)
def test_the_error_names_what_is_wrong(told: dict[str, Told], area: Area, mistake: Mistake) -> None:
    """It is of the right class, and its text has the words that help."""
    answer = told[area.key(mistake)]

    assert answer.error == mistake.error, answer.text
    assert [words for words in mistake.says if words not in answer.text] == [], answer.text


def test_the_page_shows_what_is_told(file: Path) -> None:
    """docs/errors.md is as the calls are answered today."""
    tool = ROOT / "tools/error_docs.py"
    done = subprocess.run(
        [sys.executable, tool, "--check", "--told", file],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_differs_is_noticed(file: Path, tmp_path: Path) -> None:
    """A single word that a call is told otherwise makes the page stale."""
    other = tmp_path / "other.json"
    other.write_text(file.read_text().replace("keyword `context`", "keyword `view`"))
    command = [sys.executable, ROOT / "tools/error_docs.py", "--check", "--told", other]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "errors.md is stale: run `python tools/error_docs.py`\n"


def test_the_table_is_whole() -> None:
    """There are enough rows, no two are known by the same words, and each demands some."""
    keys = Counter(area.key(mistake) for area, mistake in ROWS)

    assert len(ROWS) >= LEAST
    assert [key for key, count in keys.items() if count > 1] == []
    assert [area.key(mistake) for area, mistake in ROWS if not mistake.says] == []
    assert [line for _, m in ROWS for line in m.call.splitlines() if line[:1] in ("", " ")] == []


def test_nothing_of_this_machine_is_shown(told: dict[str, Told]) -> None:
    """No directory and no process of the run is on the page."""
    texts = "\n".join(answer.text for answer in told.values())

    assert [word for word in (str(ROOT), "/tmp/", "pid=") if word in texts] == []


@pytest.mark.parametrize(
    ("text", "constant"),
    [
        ("at unix:/tmp/wool-x1/w: gone", "at unix:/…: gone"),
        ("on 127.0.0.1:41234", "on 127.0.0.1:PORT"),
        ("<function add at 0x7f00aa>", "<function add at 0x…>"),
        ("Python 3.14", "Python 3.X"),
        ("an argument 'tag'. Did you mean 'tags'?", "an argument 'tag'"),
        ("size must be 0 or more workers", None),
    ],
)
def test_what_changes_is_left_out(text: str, constant: str | None) -> None:
    """What only one run has gives way to a word; the rest stays."""
    assert normal(text) == (text if constant is None else constant)
