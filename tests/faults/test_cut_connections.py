"""Whatever happens to connections, tasks run at most once and callers have an answer."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from dialling import idle
from ears import Ear
from fault_routines import echo, hang, noted, noted_nested, noted_steps
from middleman import Distant, Middleman
from waits import eventually, full

import wool

LANES = 24
SPOILT = 50
"""How often something bad happens to a connection."""

LARGE = bytes(1 << 20)

Answer = Callable[[str, str], Awaitable[object]]


async def call(notes: str, key: str) -> object:
    return await noted(notes, key, b"")


async def large_call(notes: str, key: str) -> object:
    result = await noted(notes, key, LARGE)
    assert result == LARGE
    return result


async def nested_call(notes: str, key: str) -> object:
    return await noted_nested(notes, key)


async def iterate(notes: str, key: str) -> object:
    values = [value async for value in noted_steps(notes, key)]
    assert values == [0, 1, 2]
    return values


async def spoil(between: Middleman, chance: random.Random) -> None:
    """Do something bad to the connections of *between*."""
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


@pytest.mark.parametrize("answer", [call, iterate, nested_call, large_call])
async def test_spoilt_connections_run_nothing_twice(
    answer: Answer, place: Path, tmp_path: Path
) -> None:
    """Each of some hundred tasks has one answer and ran at most once; nothing is left running."""
    chance = random.Random(f"{answer.__name__}")
    notes = tmp_path / "notes"
    notes.touch()
    workers: list[Distant] = []
    ends: dict[str, BaseException | None] = {}
    over = asyncio.Event()
    keys = (
        str(number)
        for number in itertools.takewhile(lambda _: not over.is_set(), itertools.count())
    )

    def make(*tags: str) -> Distant:
        workers.append(Distant(place, *tags))
        return workers[-1]

    async def lane() -> None:
        for key in keys:
            try:
                await answer(str(notes), key)
                ends[key] = None
            except (wool.WorkerLost, wool.NoWorkersAvailable) as exc:
                ends[key] = exc

    async def trouble() -> None:
        for _ in range(SPOILT):
            await asyncio.sleep(chance.uniform(0.0, 0.1))
            between = chance.choice(workers).between
            assert between is not None
            await spoil(between, chance)
        over.set()

    async with wool.WorkerPool(size=2, worker=make) as pool:
        before = await full(pool, 2)
        async with asyncio.timeout(30):
            await asyncio.gather(trouble(), *(lane() for _ in range(LANES)))
        assert set(await full(pool, 2)) == set(before)
        assert await asyncio.gather(*(echo(n) for n in range(8))) == list(range(8))
        for worker in workers:
            await idle(worker.real_address)

    runs = Counter(notes.read_text().split())
    kinds = Counter(type(end).__name__ for end in ends.values())
    assert set(runs.values()) <= {1}
    assert {key for key, end in ends.items() if end is None} <= runs.keys()
    never = {key for key, end in ends.items() if isinstance(end, wool.NoWorkersAvailable)}
    if answer is not nested_call:
        assert not never & runs.keys()
    assert kinds["NoneType"] > 0
    assert kinds["WorkerLost"] > 0


async def test_a_cut_session_cancels_its_tasks(place: Path, ear: Ear) -> None:
    """The routine of a caller that can no longer be reached is cancelled, and cleans up."""
    worker = Distant(place)
    async with wool.WorkerPool(size=1, worker=lambda *_: worker) as pool:
        await full(pool, 1)
        calling = asyncio.create_task(hang(ear.path))
        await ear.hear("began")
        assert worker.between is not None

        worker.between.cut()

        with pytest.raises(wool.WorkerLost):
            await calling
        await ear.hear("ended", limit=1.0)
        await eventually(lambda: len(pool.workers) == 1, 2.0)
        assert await echo("again") == "again"
