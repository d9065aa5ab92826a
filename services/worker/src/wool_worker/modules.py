"""Import what the command line names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from wool_common.backpressure import BackpressureLike
    from wool_worker.cli import Answers
    from wool_worker.config import WorkerConfig

T = TypeVar("T")


def load(config: WorkerConfig, answers: Answers) -> WorkerConfig:
    """
    Import the modules to preload, then the admission hook; return *config* with them.

    The current directory is searched too, as with `python -m`.

    Raises:
        ValueError: one of them cannot be had; one line that names its flag or variable.

    """
    folder = str(Path.cwd())
    if folder not in sys.path and not sys.flags.safe_path:
        sys.path.insert(0, folder)
    return replace(
        config,
        preload=tuple(answers.many("--preload", _preloaded)),
        backpressure=answers.one("--backpressure", _hook, None),
    )


def _preloaded(name: str) -> str:
    _imported(name, lambda: import_module(name))
    return name


def _hook(text: str) -> BackpressureLike | None:
    module, colon, path = text.partition(":")
    if not colon or not module or not path:
        raise ValueError(f"must look like MODULE:HOOK, not {text!r}")
    found: object = _imported(module, lambda: import_module(module))
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise ValueError(f"module {module} has no {path}") from None
    if not callable(found):
        raise ValueError(f"{text} cannot be called")
    return found  # pyright: ignore[reportReturnType]


def _imported(name: str, act: Callable[[], T]) -> T:
    try:
        return act()
    except Exception as exc:  # a module may raise anything while it is imported
        reason = f"{type(exc).__name__}: {exc}".replace("\n", " ")
        raise ValueError(f"cannot import {name}: {reason}") from exc
