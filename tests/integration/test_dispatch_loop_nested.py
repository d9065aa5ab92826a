"""Balancers of one's own on real workers, also for the calls that routines make there."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import call_routines as r
import pytest
from balancers import Old, Telling

import wool


class Homebound(wool.RoundRobinLoadBalancer):
    """A balancer whose code is nowhere but in this process."""

    def __reduce__(self) -> tuple[object, ...]:
        return _only_in, (os.getpid(),)


def _only_in(process: int) -> Homebound:
    if os.getpid() != process:
        raise ModuleNotFoundError("No module named 'at_home'", name="at_home")
    return Homebound()


@pytest.mark.parametrize("kind", [Telling, Old])
async def test_a_balancer_places_nested_calls_too(kind: type[Telling] | type[Old]) -> None:
    """Calls, generators and their nested calls come to the right end."""
    balancer: Any = kind()
    async with wool.WorkerPool(size=2, loadbalancer=balancer) as pool, asyncio.timeout(30):
        assert await pool.run(r.fib, 6) == 8
        assert [number async for number in pool.run(r.stream, 5)] == list(range(5))
        assert await asyncio.gather(*(pool.run(r.square, n) for n in range(50))) == [
            n * n for n in range(50)
        ]

    assert len(balancer.told) == 52


async def test_only_nested_calls_need_the_balancer_on_the_worker() -> None:
    """A balancer whose code is missing there disturbs nobody else, and the error says so."""
    async with wool.WorkerPool(size=1, loadbalancer=Homebound()) as pool:
        assert await pool.run(r.square, 3) == 9

        with pytest.raises(ModuleNotFoundError, match="at_home") as caught:
            await pool.run(r.depth, 2)

    notes = "\n".join(getattr(caught.value, "__notes__", []))
    assert "the pool's load balancer is needed here" in notes
