"""Modules named on the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wool_worker.cli import parse
from wool_worker.config import WorkerConfig
from wool_worker.modules import load


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a directory that has modules of its own; `sys` is as before afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "preloaded.py").write_text("")
    (tmp_path / "broken.py").write_text("raise KeyError('first\\nsecond')")
    (tmp_path / "hooks.py").write_text(
        "limit = 3\n"
        "def refuse(context): return True\n"
        "class Shop:\n    @staticmethod\n    def closed(context): return True\n"
    )
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        del sys.modules[name]


def loaded(*argv: str, **environ: str) -> WorkerConfig:
    return load(*parse(argv, environ))


def test_preloaded_modules_are_imported_from_the_current_directory() -> None:
    """They are in memory before the first task, and named in the configuration."""
    config = loaded("--preload", "preloaded", "--preload", "wave")

    assert config.preload == ("preloaded", "wave")
    assert {"preloaded", "wave"} <= sys.modules.keys()


def test_current_directory_is_searched_once(folder: Path) -> None:
    """It comes first, and is not repeated."""
    loaded()
    loaded()

    assert sys.path[0] == os.fspath(folder)
    assert sys.path.count(os.fspath(folder)) == 1


@pytest.mark.parametrize("name", ["hooks:refuse", "hooks:Shop.closed"])
def test_hook_is_found_by_module_and_name(name: str) -> None:
    """The hook is the object itself, ready to be called."""
    hook = loaded("--backpressure", name).backpressure

    assert hook is not None
    assert callable(hook)


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (
            "--preload none",
            "--preload: cannot import none: ModuleNotFoundError: No module named 'none'",
        ),
        ("--preload broken", r"--preload: cannot import broken: KeyError: 'first\nsecond'"),
        ("--backpressure hooks", "--backpressure: must look like MODULE:HOOK, not 'hooks'"),
        ("--backpressure :x", "--backpressure: must look like MODULE:HOOK, not ':x'"),
        ("--backpressure hooks:no", "--backpressure: module hooks has no no"),
        ("--backpressure hooks:limit", "--backpressure: hooks:limit cannot be called"),
        (
            "--backpressure none:x",
            "--backpressure: cannot import none: ModuleNotFoundError: No module named 'none'",
        ),
    ],
)
def test_what_cannot_be_had_is_named_in_one_line(argv: str, line: str) -> None:
    """The line names the flag and the reason."""
    with pytest.raises(ValueError, match=r".") as caught:
        loaded(*argv.split())

    assert str(caught.value) == line


def test_variable_is_blamed_by_its_own_name() -> None:
    """A module set by a variable fails in the variable's name."""
    with pytest.raises(ValueError, match=r"^WOOL_PRELOAD: cannot import none: "):
        loaded(WOOL_PRELOAD="preloaded,none")
