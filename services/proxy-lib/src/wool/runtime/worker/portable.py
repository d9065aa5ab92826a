"""Make a balancer that can travel to the workers, for the calls that routines make there."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import cast

from wool.runtime.loadbalancer.protocols import LoadBalancerLike
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.outside import user_level
from wool.runtime.worker.parts import is_balancer
from wool_common.errors import SerializationError, WoolWarning
from wool_common.pickling.values import dump


def portable(balancer: LoadBalancerLike, given: object) -> LoadBalancerLike:
    """
    Return *balancer*, or what can be pickled in its place.

    That is what the class or function *given* makes on the worker; where there is none, or
    it cannot be pickled either, nested calls go round robin, with a WoolWarning.
    """
    problem = _problem(balancer)
    if problem is None:
        return balancer
    if _makes_at_once(given):
        made = Remade(cast(Callable[[], object], given))
        if _problem(made) is None:
            return cast(LoadBalancerLike, made)
    warnings.warn(
        f"{type(balancer).__name__} cannot be pickled ({problem}); calls made by routines on"
        " the workers go round robin. Give its class, or a function that makes it, instead",
        WoolWarning,
        stacklevel=user_level(),
    )
    return RoundRobinLoadBalancer()


class Remade:
    """Stands for a balancer; unpickled, it is what *make* makes."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __reduce__(self) -> tuple[object, ...]:
        return _remade, (self._make,)


def _remade(make: Callable[[], object]) -> object:
    made = make()
    if is_balancer(made):
        return made
    # It would have to be awaited or entered, which the caller's side cannot know beforehand.
    if inspect.iscoroutine(made):
        made.close()
    return RoundRobinLoadBalancer()


def _makes_at_once(given: object) -> bool:
    if isinstance(given, type):
        return True
    asynchronous = inspect.iscoroutinefunction(given) or inspect.isasyncgenfunction(given)
    return callable(given) and not asynchronous and not is_balancer(given)


def _problem(value: object) -> str | None:
    try:
        dump(value)
    except SerializationError as exc:
        return str(exc).partition("\n")[0]
    return None
