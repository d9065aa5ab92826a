"""Ten thousand tasks over three workers whose connections are spoilt at random."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from dialling import idle
from fault_routines import echo, noted_id, noted_id_nested, noted_id_steps
from middleman import Distant, Middleman
from waits import full

import wool

TASKS = 10_000
LANES = 48
WORKERS = 3

PAUSE = 0.05
"""Seconds between two bad things, on average."""


async def nested(notes: str, key: str) -> None:
    await noted_id_nested(notes, key)


async def stepped(notes: str, key: str) -> None:
    assert [step async for step in noted_id_steps(notes, key)] == [0, 1]


async def plain(notes: str, key: str) -> None:
    assert await noted_id(notes, key) == key


KINDS = (plain, plain, stepped, nested)
"""Which kind of call a task is, by its number."""


async def spoil(between: Middleman, chance: random.Random) -> None:
    """Cut, delay or half-close the connections of *between*."""
    match chance.randrange(5):
        case 0:
            between.close_half(towards_worker=True)
        case 1:
            between.close_half(towards_worker=False)
        case 2:
            between.hold()
            await asyncio.sleep(chance.uniform(0, 0.1))
            between.let()
        case _:
            between.cut()


async def trouble(workers: list[Distant], chance: random.Random) -> None:
    """Spoil connections for ever."""
    while True:
        await asyncio.sleep(chance.uniform(0, 2 * PAUSE))
        between = chance.choice(workers).between
        assert between is not None
        await spoil(between, chance)


@asynccontextmanager
async def distant_workers(place: Path) -> AsyncGenerator[list[Distant]]:
    """Start the workers, each behind a middleman."""
    async with AsyncExitStack() as stack:
        workers = [Distant(place) for _ in range(WORKERS)]
        await asyncio.gather(*(stack.enter_async_context(worker) for worker in workers))
        yield workers


@pytest.mark.slow
async def test_ten_thousand_tasks_run_at_most_once(place: Path, tmp_path: Path) -> None:
    """No task runs twice, every caller has an answer, and nothing is left running."""
    notes = tmp_path / "notes"
    notes.touch()
    ends: dict[str, BaseException | None] = {}
    numbers: Iterator[int] = iter(range(TASKS))

    async def lane() -> None:
        for number in numbers:
            try:
                await KINDS[number % len(KINDS)](str(notes), str(number))
                ends[str(number)] = None
            except (wool.WorkerLost, wool.NoWorkersAvailable) as exc:
                ends[str(number)] = exc

    async with distant_workers(place) as workers:
        found = wool.StaticDiscovery(*(str(worker.address) for worker in workers))
        async with wool.WorkerPool(discovery=found, quorum=WORKERS) as pool:
            await echo("ready")
            spoiling = asyncio.create_task(trouble(workers, random.Random("ten thousand")))
            try:
                async with asyncio.timeout(180):
                    await asyncio.gather(*(lane() for _ in range(LANES)))
            finally:
                spoiling.cancel()
                await asyncio.wait([spoiling])
            for worker in workers:
                assert worker.between is not None
                worker.between.let()
            await full(pool, WORKERS)
            assert await asyncio.gather(*(echo(n) for n in range(9))) == list(range(9))
            for worker in workers:
                await idle(worker.real_address)

    lines = [line.split() for line in notes.read_text().splitlines()]
    kinds = Counter(type(end).__name__ for end in ends.values())
    print(f"{kinds}, {len(lines)} runs")
    assert len(ends) == TASKS
    assert max(Counter(task for _, task in lines).values()) == 1
    assert max(Counter(key for key, _ in lines).values()) == 1
    ran = {key for key, _ in lines}
    assert {key for key, end in ends.items() if end is None} <= ran
    assert kinds["NoneType"] > TASKS / 2
    assert kinds["WorkerLost"] > 0
