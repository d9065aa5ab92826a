"""Pools that find workers, beside their own or without any."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Any, Literal

import call_routines as r
import pytest
from mode_discoveries import OwnDiscovery

import wool
from wool.testing import Accept, FakeDiscovery, FakeWorker, FakeWorkers
from wool_common.metadata import WorkerMetadata


class Network:
    """Workers that run for themselves, and the discovery that knows them."""

    def __init__(self) -> None:
        self.discovery = FakeDiscovery()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Network:
        return self

    async def __aexit__(self, *exc: Any) -> None:
        await self._stack.aclose()

    async def start(self, *tags: str) -> FakeWorker:
        """Start another worker, and announce it."""
        worker = await self._stack.enter_async_context(FakeWorker(*tags))
        await self.discovery.publish("worker-added", metadata(worker))
        return worker


class Gate(asyncio.Event):
    """Holds a task up, and tells that it has come."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> Literal[True]:
        """Wait until the task may begin."""
        self.reached.set()
        return await super().wait()


def metadata(worker: FakeWorker) -> WorkerMetadata:
    assert worker.metadata is not None
    return worker.metadata


async def until(pool: wool.WorkerPool, *workers: FakeWorker) -> None:
    """Wait until exactly *workers* are what the pool would use."""
    wanted = {worker.uid for worker in workers}
    async with asyncio.timeout(10):
        while {worker.uid for worker in pool.workers} != wanted:
            await asyncio.sleep(0.001)


# ── durable ───────────────────────────────────────────────────────────────────


async def test_a_durable_pool_uses_what_is_there() -> None:
    """It starts nothing, and what it leaves goes on."""
    async with Network() as found:
        workers = [await found.start(), await found.start()]

        async with wool.WorkerPool(discovery=found.discovery) as pool:
            await until(pool, *workers)
            assert await wool.gather(*(r.square(n) for n in range(10))) == [
                n * n for n in range(10)
            ]

        assert [len(worker.tasks) for worker in workers] == [5, 5]
        assert not any(worker.draining for worker in workers)
        assert len(found.discovery.published) == 2
        assert found.discovery.subscriptions == 0


async def test_workers_come_and_go() -> None:
    """One that is announced later takes part; one that is dropped gets nothing more."""
    async with Network() as found:
        first = await found.start()

        async with wool.WorkerPool(discovery=found.discovery) as pool:
            await until(pool, first)
            second = await found.start()
            await until(pool, first, second)
            await found.discovery.publish("worker-dropped", metadata(first))
            await until(pool, second)
            assert await r.square(3) == 9

        assert (len(first.tasks), len(second.tasks)) == (0, 1)


async def test_a_dropped_worker_ends_what_it_has_begun() -> None:
    """Being dropped takes no task back."""
    async with Network() as found:
        worker = await found.start()
        gate = Gate()
        worker.will(Accept(gate=gate))

        async with wool.WorkerPool(discovery=found.discovery) as pool:
            call = asyncio.create_task(r.square(3))
            await until(pool, worker)
            await gate.reached.wait()
            await found.discovery.publish("worker-dropped", metadata(worker))
            await until(pool)
            gate.set()
            assert await call == 9


async def test_the_first_call_waits_for_the_first_worker() -> None:
    """A durable pool may be entered before there is anybody."""
    async with Network() as found, wool.WorkerPool(discovery=found.discovery):
        call = asyncio.create_task(r.square(3))
        await found.discovery.settled()
        assert not call.done()
        await found.start()
        assert await call == 9


async def test_nobody_is_there_in_time() -> None:
    """The call says so after the quorum's time; the pool can be used later all the same."""
    async with (
        Network() as found,
        wool.WorkerPool(discovery=found.discovery, quorum_timeout=0.05) as pool,
    ):
        with pytest.raises(wool.NoWorkersAvailable, match=r"0\.05 s"):
            await r.square(3)
        await until(pool, await found.start())
        assert await r.square(3) == 9


async def test_a_bare_subscriber_will_do() -> None:
    """Where nothing is to be announced, nothing that announces is needed."""
    async with Network() as found:
        gpu, _ = await found.start("gpu"), await found.start("cpu")
        subscriber = found.discovery.subscribe(lambda worker: "gpu" in worker.tags)

        async with wool.WorkerPool(discovery=subscriber) as pool:
            await until(pool, gpu)
            assert await r.square(3) == 9

        assert len(gpu.tasks) == 1


async def test_the_tags_of_a_pool_select_workers() -> None:
    """One of them must be carried; an update can change who does."""
    async with Network() as found:
        gpu, tpu, cpu = [await found.start(tag) for tag in ("gpu", "tpu", "cpu")]

        async with wool.WorkerPool("gpu", "tpu", discovery=found.discovery) as pool:
            await until(pool, gpu, tpu)
            bare = WorkerMetadata(uid=gpu.uid, address=metadata(gpu).address)
            await found.discovery.publish("worker-updated", bare)
            await until(pool, tpu)
            assert await r.square(3) == 9

        assert (len(tpu.tasks), len(cpu.tasks)) == (1, 0)


async def test_a_lease_limits_who_is_used() -> None:
    """One who was turned away takes the place that becomes free."""
    async with Network() as found:
        first, second = await found.start(), await found.start()

        async with wool.WorkerPool(discovery=found.discovery, lease=1) as pool:
            await until(pool, first)
            await found.discovery.settled()
            await until(pool, first)
            await found.discovery.publish("worker-dropped", metadata(first))
            await until(pool, second)


# ── hybrid ────────────────────────────────────────────────────────────────────


async def test_a_hybrid_pool_uses_both() -> None:
    """Its own are announced while they are there; those found are left as they are."""
    async with Network() as found:
        theirs = await found.start()
        ours = FakeWorkers()

        async with wool.WorkerPool(size=2, worker=ours, discovery=found.discovery) as pool:
            await until(pool, theirs, *ours)
            assert {w.uid for w in found.discovery.workers} == {theirs.uid, *(w.uid for w in ours)}
            await wool.gather(*(r.square(n) for n in range(30)))

        assert [len(worker.tasks) for worker in (theirs, *ours)] == [10, 10, 10]
        assert [worker.uid for worker in found.discovery.workers] == [theirs.uid]
        assert (theirs.draining, [worker.draining for worker in ours]) == (False, [True, True])


async def test_own_workers_are_announced_when_the_block_begins() -> None:
    """And by each only once, though they are heard of again."""
    discovery = OwnDiscovery()

    async with wool.WorkerPool(size=2, worker=FakeWorkers(), discovery=discovery) as pool:
        assert discovery.published == ["added", "added"]
        assert len(pool.workers) == 2
        await discovery.known.settled()
        assert len(pool.workers) == 2

    assert discovery.published == ["added", "added", "dropped", "dropped"]


@pytest.mark.parametrize("failing", [False, True])
async def test_workers_are_dropped_before_they_stop(failing: bool) -> None:
    """Nobody is sent to one that drains, however the block is left."""
    ours = FakeWorkers()
    draining: list[bool] = []
    discovery = OwnDiscovery(
        on_publish=lambda kind, _: draining.extend(
            worker.draining for worker in ours if kind == "worker-dropped"
        )
    )

    with suppress(KeyError):
        async with wool.WorkerPool(size=2, worker=ours, discovery=discovery):
            if failing:
                raise KeyError

    assert draining == [False] * 4
    assert all(worker.draining for worker in ours)


async def test_a_lease_does_not_count_own_workers() -> None:
    """It is for those that are found; with 0 nobody is."""
    async with Network() as found:
        first, _ = await found.start(), await found.start()

        for lease, others in ((1, [first]), (0, [])):
            ours = FakeWorkers()
            pool = wool.WorkerPool(size=2, lease=lease, worker=ours, discovery=found.discovery)
            async with pool:
                await until(pool, *ours, *others)
                await found.discovery.settled()
                await until(pool, *ours, *others)


async def test_own_workers_need_not_carry_the_tags() -> None:
    """How they are made is the application's business."""
    ours = FakeWorkers(lambda *tags: FakeWorker())
    pool = wool.WorkerPool("gpu", size=1, worker=ours, discovery=FakeDiscovery())

    async with pool:
        await until(pool, *ours)
        assert await r.square(3) == 9


async def test_a_crashed_worker_is_dropped_and_its_successor_announced() -> None:
    """Others hear of both."""
    ours, discovery = FakeWorkers(), OwnDiscovery()

    async with wool.WorkerPool(size=1, worker=ours, discovery=discovery) as pool:
        await ours[0].crash()
        async with asyncio.timeout(10):
            while len(ours) < 2:
                await asyncio.sleep(0.001)
        await until(pool, ours[1])
        async with asyncio.timeout(10):
            while discovery.published.count("added") < 2:
                await asyncio.sleep(0.001)

    assert sorted(discovery.published) == ["added", "added", "dropped", "dropped"]
    assert discovery.published[:2] == ["added", "dropped"]


async def test_workers_are_offered_the_host_to_listen_on() -> None:
    """The publisher knows how they can be reached; a factory may have its own idea."""
    offered: list[object] = []

    def make(*tags: str, host: str | None = None) -> FakeWorker:
        offered.append(host)
        return FakeWorker(*tags)

    for bind_host in ("127.0.0.9", None):
        discovery = OwnDiscovery(bind_host=bind_host)
        async with wool.WorkerPool(size=1, worker=make, discovery=discovery):
            pass
    async with wool.WorkerPool(
        size=1, worker=FakeWorkers(), discovery=OwnDiscovery(bind_host="::1")
    ):
        pass

    assert offered == ["127.0.0.9", None]


# ── use ───────────────────────────────────────────────────────────────────────


async def test_run_and_broadcast_reach_found_workers() -> None:
    """As they do those of one's own."""
    async with Network() as found:
        theirs, ours = await found.start(), FakeWorkers()

        async with wool.WorkerPool(size=1, worker=ours, discovery=found.discovery) as pool:
            await until(pool, theirs, *ours)
            assert await pool.run(r.square, 3) == 9
            assert await pool.broadcast(r.square, 4) == {theirs.uid: 16, ours[0].uid: 16}


async def test_broadcast_reaches_those_outside_of_the_subset() -> None:
    """Others are served by the subset alone."""
    async with Network() as found:
        workers = [await found.start() for _ in range(3)]
        async with wool.WorkerPool(discovery=found.discovery, subset=1) as pool:
            assert await r.square(3) == 9
            assert len(pool.workers) == 1
            assert await pool.broadcast(r.square, 4) == dict.fromkeys([w.uid for w in workers], 16)


async def test_two_pools_share_their_workers() -> None:
    """Each finds those of the other through one discovery."""
    discovery = FakeDiscovery()
    ours, theirs = FakeWorkers(), FakeWorkers()

    async with wool.WorkerPool(size=1, worker=ours, discovery=discovery) as pool:
        async with wool.WorkerPool(size=1, worker=theirs, discovery=discovery) as other:
            await until(pool, *ours, *theirs)
            await until(other, *ours, *theirs)
            assert len(await pool.broadcast(r.square, 1)) == 2
        await until(pool, *ours)
        assert await pool.run(r.square, 3) == 9
