"""The workers of a pool, with how busy they are."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable

import call_routines as r

import wool
from wool import PoolWorker, WorkerProxy
from wool.testing import inline
from wool_common.frames import Load
from wool_common.metadata import WorkerId, WorkerMetadata

LIMIT = 20.0


@wool.routine
async def hold() -> None:
    """Run until cancelled."""
    await asyncio.Event().wait()


async def until(told: Callable[[], bool]) -> None:
    """Wait until workers have told so much."""
    async with asyncio.timeout(LIMIT):
        while not told():
            await asyncio.sleep(0.01)


async def test_the_load_is_that_of_the_moment() -> None:
    """It rises with what runs, and falls when that has ended, though nothing else is sent."""
    async with wool.WorkerPool(size=2) as pool:
        before = pool.workers
        busy = before[0]
        calls = [asyncio.create_task(hold.options(worker=busy)()) for _ in range(3)]
        await until(lambda: {w.uid: w.load for w in pool.workers}[busy.uid] == Load(3, 0))

        assert {w.uid: w.active for w in pool.workers} == {before[0].uid: 3, before[1].uid: 0}
        assert [w.load for w in before] == [Load(0, 0)] * 2
        for call in calls:
            call.cancel()
        await until(lambda: [w.load for w in pool.workers] == [Load(0, 0)] * 2)
        assert [w.active for w in pool.workers] == [0, 0]


async def test_what_others_have_run_counts_too() -> None:
    """A client that sends nothing is told of the load as well, from its beginning on."""
    worker = wool.LocalWorker()
    async with worker, WorkerProxy(workers=[str(worker.address)]) as sends:
        call = asyncio.create_task(sends.run(hold))
        await until(lambda: [w.load.active for w in sends.workers] == [1])
        async with WorkerProxy(workers=[str(worker.address)], lazy=False) as idle:
            await until(lambda: [w.load.active for w in idle.workers] == [1])
            assert [w.active for w in idle.workers] == [0]
            call.cancel()
            await until(lambda: [w.load.active for w in idle.workers] == [0])


async def test_a_worker_stands_for_its_metadata() -> None:
    """Calls, proxies, sets and comparisons take it for what it is, whatever its load."""
    async with wool.WorkerPool("a tag", size=2) as pool:
        worker, other = pool.workers
        (plain,) = [w.metadata for w in pool.stats().workers if w.metadata.uid == worker.uid]
        async with WorkerProxy(workers=[worker]) as proxy:
            assert await r.pid() == worker.pid
            assert proxy.workers == (worker,)
        assert await pool.run(r.pid.options(worker=worker)) == worker.pid

    assert worker == plain == worker != other
    assert plain == worker
    assert {worker} == {plain}
    assert (worker.tags, worker != "worker") == ({"a tag"}, True)
    for copied in (pickle.loads(pickle.dumps(worker)), copy.deepcopy(worker)):
        assert (type(copied), copied, copied.load) == (PoolWorker, worker, worker.load)


def test_two_moments_of_a_worker_are_equal() -> None:
    """Whoever waits for a worker to leave compares what it is, not how busy it is."""
    told = WorkerMetadata(uid=WorkerId("w"), address="a:1")
    now = PoolWorker(uid=told.uid, address="a:1", load=Load(3, 1), active=2)
    later = PoolWorker(uid=told.uid, address="a:1", load=Load(0, 0), active=0)
    moved = PoolWorker(uid=told.uid, address="b:1", load=Load(0, 0), active=0)

    assert now == later == told
    assert told != moved != now
    assert hash(now) == hash(told)


async def test_a_pool_in_place_offers_the_same() -> None:
    """Code under test finds a worker that is ready and idle."""
    with inline("a tag") as pool:
        (worker,) = pool.workers

        assert (worker.load, worker.active, worker.tags) == (Load(0, 0), 0, {"a tag"})
        assert (pool.stats().ready, pool.stats().active) == (1, 0)
        assert pool.stats().workers[0].metadata == worker
