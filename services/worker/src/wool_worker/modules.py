"""Import what the command line names."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from wool_common.hooks import MaxLoopLag, MaxMemory, MaxTasks

if TYPE_CHECKING:
    from wool_common.backpressure import BackpressureContext, BackpressureLike, Refusal
    from wool_common.flags import Answers
    from wool_worker.config import WorkerConfig

T = TypeVar("T")
N = TypeVar("N", int, float)

Limit = MaxTasks | MaxMemory | MaxLoopLag


def load(config: WorkerConfig, answers: Answers) -> WorkerConfig:
    """
    Import what announces the worker, what is to be preloaded, and the admission hook.

    Return *config* with what was imported.

    The current directory is searched too, as with `python -m`.

    Raises:
        ValueError: one of them cannot be had; one line that names its flag or variable.

    """
    folder = str(Path.cwd())
    if folder not in sys.path and not sys.flags.safe_path:
        sys.path.insert(0, folder)
    if config.announce:
        _refuse_unannounceable(config, answers)
    preload = tuple(answers.many("--preload", _preloaded))
    limits = [
        *answers.many("--max-tasks", lambda text: MaxTasks(_number(text, int))),
        *answers.many("--max-memory", lambda text: MaxMemory(_number(text, float))),
        *answers.many("--max-loop-lag", lambda text: MaxLoopLag(_number(text, float))),
    ]
    hook = answers.one("--backpressure", _hook, None)
    return replace(config, preload=preload, backpressure=_both(limits, hook))


def _refuse_unannounceable(config: WorkerConfig, answers: Answers) -> None:
    from wool_worker.announcing import publisher_for

    for announcement in config.announce:
        try:
            publisher_for(announcement, config.advertise)
        except ImportError as exc:
            raise ValueError(
                f"{answers.name('--announce')}: {announcement.kind} needs an extra:"
                " pip install 'wool-worker[lan]'"
            ) from exc
        except ValueError as exc:
            raise ValueError(f"{answers.name('--announce')}: {exc}") from exc


def _number(text: str, kind: type[N]) -> N:
    try:
        return kind(text)
    except ValueError:
        wanted = "a whole number" if kind is int else "a number"
        raise ValueError(f"must be {wanted}, not {text!r}") from None


def _both(limits: Sequence[Limit], hook: BackpressureLike | None) -> BackpressureLike | None:
    """Return a hook that refuses what one of *limits* refuses, and then what *hook* does."""
    if not limits:
        return hook

    def ask(context: BackpressureContext) -> bool | Refusal | Awaitable[bool | Refusal]:
        for limit in limits:
            if refusal := limit(context):
                return refusal
        return False if hook is None else hook(context)

    return ask


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
    if isinstance(found, type):
        found = _imported(text, found, "make")
    if not callable(found):
        raise ValueError(f"{text} cannot be called")
    return found  # pyright: ignore[reportReturnType]


def _imported(name: str, act: Callable[[], T], verb: str = "import") -> T:
    try:
        return act()
    except Exception as exc:  # a module may raise anything while it is imported
        reason = f"{type(exc).__name__}: {exc}".replace("\n", " ")
        raise ValueError(f"cannot {verb} {name}: {reason}") from exc
