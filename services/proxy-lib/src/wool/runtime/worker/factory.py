"""Find out what a worker factory wants to be told."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial

from wool.runtime.worker.base import Worker


def taken(factory: Callable[..., object], offered: Mapping[str, object]) -> dict[str, object]:
    """
    Return those of the *offered* keywords that *factory* takes by its signature.

    What a `functools.partial` has fixed stays as it is. A function's `**kwargs` take
    everything; those of a `Worker` class nothing, for they are facts about the worker.
    """
    fixed: set[str] = set()
    inner = factory
    while isinstance(inner, partial):
        fixed |= inner.keywords.keys()
        inner = inner.func
    try:
        # Of the partial, which has fewer than what it wraps.
        parameters = inspect.signature(factory).parameters.values()
    except ValueError:  # some of what is written in C does not tell
        return {}
    by_name = {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
    is_worker = isinstance(inner, type) and issubclass(inner, Worker)
    takes_all = not is_worker and any(p.kind is p.VAR_KEYWORD for p in parameters)
    return {
        name: value
        for name, value in offered.items()
        if name not in fixed and (takes_all or name in by_name)
    }
