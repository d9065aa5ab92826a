"""Balancers that travel, and those that cannot."""

from __future__ import annotations

import pickle
import threading
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any

import pytest

from wool.runtime.loadbalancer.protocols import LoadBalancerLike
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.worker.portable import portable
from wool_common.errors import WoolWarning
from wool_common.pickling.values import dump


class Balancer:
    """Picks the first."""

    def __init__(self, *, locked: bool = False) -> None:
        self.lock = threading.Lock() if locked else None

    async def delegate(self, *, context: Any) -> AsyncGenerator[Any, Any]:
        """Yield the first one."""
        yield next(iter(context.workers.items()))


class Locked(Balancer):
    """As the other; cannot be pickled."""

    def __init__(self) -> None:
        super().__init__(locked=True)


def make_locked() -> Balancer:
    return Locked()


async def make_locked_soon() -> Balancer:
    return Locked()


def make_one_to_await() -> Any:
    return make_locked_soon()


def arrived(balancer: LoadBalancerLike) -> object:
    """Return what *balancer* is on the other side."""
    return pickle.loads(dump(balancer))  # type: ignore[arg-type]


def test_what_can_be_pickled_travels_as_it_is() -> None:
    """However it was made."""
    balancer = Balancer()

    assert portable(balancer, balancer) is balancer
    assert portable(balancer, Balancer) is balancer


@pytest.mark.parametrize("given", [Locked, make_locked, partial(Locked)])
def test_what_makes_it_travels_in_its_place(given: Callable[[], Balancer]) -> None:
    """The worker makes one of its own."""
    travelling = portable(Locked(), given)

    assert type(arrived(travelling)).__name__ == "Locked"


@pytest.mark.parametrize("given", [Locked(), make_locked_soon])
def test_what_cannot_travel_is_told(given: object) -> None:
    """Calls on the workers go round robin then; the warning names the balancer and this line."""
    with pytest.warns(WoolWarning, match="Locked cannot be pickled .*round robin") as caught:
        travelling = portable(Locked(), given)

    assert isinstance(arrived(travelling), RoundRobinLoadBalancer)
    assert caught[0].filename == __file__


def test_a_function_that_leads_to_something_else() -> None:
    """Where the worker could not use what comes out, it goes round robin."""
    travelling = portable(Locked(), make_one_to_await)

    assert isinstance(arrived(travelling), RoundRobinLoadBalancer)
