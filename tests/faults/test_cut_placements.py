"""Whatever happens to connections, no way of placing tasks runs one twice."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from dialling import idle
from fault_routines import echo, noted, noted_steps
from middleman import Distant, Middleman
from waits import full

import wool

TASKS = 2500
LANES = 24
WORKERS = 3


class Offering:
    """Offers each worker once."""

    async def delegate(self, *, context: Any) -> AsyncGenerator[Any, Any]:
        for offer in context.workers.items():
            try:
                taken = yield offer
            except wool.RpcError:
                continue
            if taken is not None:
                return


class OfferingIds:
    """Does so as balancers for wool 0.15 did."""

    async def delegate(self, task: Any, *, context: Any) -> AsyncGenerator[Any, Any]:
        for uid in list(context.workers):
            try:
                taken = yield uid
            except wool.RpcError:
                continue
            if taken is not None:
                return


class Dispatching:
    """Dispatches by itself, and tries again more often than it should."""

    async def dispatch(
        self, task: Any, *, context: Any, timeout: float | None = None
    ) -> AsyncGenerator[Any, Any]:
        last: Exception = wool.NoWorkersAvailable("nobody is there")
        for connection in list(context.workers.values()):
            try:
                async for result in await connection.dispatch(task, timeout=timeout):
                    yield result
                return
            except Exception as exc:  # noqa: BLE001 - the pool must refuse what is too much
                last = exc
        raise last


BALANCERS = [wool.RoundRobinLoadBalancer, Offering, OfferingIds, Dispatching]


async def spoil(between: Middleman, chance: random.Random) -> None:
    """Cut, hold up or half close the connections of *between*."""
    match chance.randrange(5):
        case 0:
            between.close_half(towards_worker=True)
        case 1:
            between.close_half(towards_worker=False)
        case 2:
            between.hold()
            await asyncio.sleep(chance.uniform(0, 0.05))
            between.cut()
            between.let()
        case _:
            between.cut()


async def call(notes: str, key: str) -> None:
    """Run one task: a generator for each third."""
    if int(key) % 3:
        await noted(notes, key, b"")
    else:
        assert [value async for value in noted_steps(notes, key)] == [0, 1, 2]


@pytest.mark.filterwarnings("ignore:.*dispatch is deprecated:DeprecationWarning")
@pytest.mark.parametrize("kind", BALANCERS)
async def test_spoilt_placements_run_nothing_twice(
    kind: type[Any], place: Path, tmp_path: Path
) -> None:
    """Each of thousands of tasks has one answer and ran at most once; nothing is left running."""
    chance = random.Random(kind.__name__)
    notes = tmp_path / "notes"
    notes.touch()
    workers: list[Distant] = []
    ends: dict[str, BaseException | None] = {}
    keys = iter(map(str, itertools.islice(itertools.count(), TASKS)))
    over = asyncio.Event()

    def make(*tags: str) -> Distant:
        workers.append(Distant(place, *tags))
        return workers[-1]

    async def lane() -> None:
        for key in keys:
            try:
                await call(str(notes), key)
                ends[key] = None
            except (wool.WorkerLost, wool.NoWorkersAvailable, wool.RpcError) as exc:
                ends[key] = exc

    async def trouble() -> None:
        while not over.is_set():
            await asyncio.sleep(chance.uniform(0.0, 0.1))
            between = chance.choice(workers).between
            assert between is not None
            await spoil(between, chance)

    async with wool.WorkerPool(size=WORKERS, worker=make, loadbalancer=kind()) as pool:
        await full(pool, WORKERS)
        troubling = asyncio.create_task(trouble())
        async with asyncio.timeout(120):
            await asyncio.gather(*(lane() for _ in range(LANES)))
        over.set()
        await troubling
        while True:  # the news of the last cut may not be here yet
            await full(pool, WORKERS)
            answers = await asyncio.gather(*(echo(n) for n in range(8)), return_exceptions=True)
            if answers == list(range(8)):
                break
        for worker in workers:
            await idle(worker.real_address)

    runs = Counter(notes.read_text().split())
    kinds = Counter(type(end).__name__ for end in ends.values())
    assert len(ends) == TASKS
    assert set(runs.values()) <= {1}
    assert {key for key, end in ends.items() if end is None} <= runs.keys()
    never = {key for key, end in ends.items() if isinstance(end, wool.NoWorkersAvailable)}
    assert not never & runs.keys()
    assert kinds["NoneType"] > TASKS / 2, kinds
    assert kinds["WorkerLost"] > 0, kinds
