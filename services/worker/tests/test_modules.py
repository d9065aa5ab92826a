"""Modules named on the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wool_common.backpressure import BackpressureContext, Refusal
from wool_common.task import Task
from wool_worker.cli import parse
from wool_worker.config import Announcement, WorkerConfig
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
        "    def __call__(self, context): return True\n"
        "class Needy:\n    def __init__(self, size): pass\n"
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


def test_a_class_of_hooks_is_made_into_one() -> None:
    """A class is called without arguments, for itself it is no hook."""
    hook = loaded("--backpressure", "hooks:Shop").backpressure

    assert type(hook).__name__ == "Shop"


def context(active: int, lag: float = 0.0) -> BackpressureContext:
    return BackpressureContext(active, Task(key=bytes(16), tag="here:1"), lag)


def test_limits_need_no_module() -> None:
    """The hooks that ship with Wool have flags of their own."""
    hook = loaded("--max-tasks", "2", "--max-loop-lag", "0.5", "--max-memory", "1").backpressure

    assert hook is not None
    assert hook(context(1)) is False
    assert hook(context(2)) == Refusal("max-tasks")
    assert hook(context(0, 0.5)) == Refusal("max-loop-lag")


def test_a_hook_is_asked_after_the_limits() -> None:
    """Either may refuse."""
    hook = loaded(WOOL_MAX_TASKS="2", WOOL_BACKPRESSURE="hooks:refuse").backpressure

    assert hook is not None
    assert hook(context(2)) == Refusal("max-tasks")
    assert hook(context(0)) is True


def test_announcements_are_kept() -> None:
    """What can be announced is in the configuration."""
    assert loaded("--announce", "local:render").announce == (Announcement("local", "render"),)


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
            "--backpressure hooks:Needy",
            "--backpressure: cannot make hooks:Needy: TypeError: Needy.__init__() missing 1"
            " required positional argument: 'size'",
        ),
        ("--max-tasks 0", "--max-tasks: n must be 1 or more, not 0"),
        ("--max-tasks 1.5", "--max-tasks: must be a whole number, not '1.5'"),
        ("--max-memory 80%", "--max-memory: must be a number, not '80%'"),
        ("--max-memory 80", "--max-memory: fraction must be above 0 and at most 1, not 80.0"),
        ("--max-loop-lag -1", "--max-loop-lag: seconds must be above 0, not -1.0"),
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
