"""A task as its caller knows it, while a worker is sought for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wool_common.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedTask(Task):
    """
    A task for which a worker is sought: `context.task` of a load balancer.

    *callable* is the function behind the routine, with the *args* and *kwargs* of this
    call; balancers must not change them.
    """

    callable: Callable[..., object]
    args: tuple[object, ...]
    kwargs: Mapping[str, object]
