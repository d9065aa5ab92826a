"""A pool of workers that others have started."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from balancers import Dispatching, Telling
from loop_routines import count, double, waits

import wool
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.worker.proxy import WorkerProxy
from wool.testing import FakeDiscovery, FakeWorker, Refuse
from wool_common.metadata import WorkerId, WorkerMetadata

SOMEBODY = WorkerMetadata(uid=WorkerId("w"), address="unix:/nowhere")


Test = Callable[[list[FakeWorker]], Coroutine[Any, Any, None]]


def with_two(test: Test) -> Callable[[], Coroutine[Any, Any, None]]:
    """Hand *test* two workers; within the test, as it looks for leaks."""

    async def run() -> None:
        async with FakeWorker("red", name="a") as red, FakeWorker("blue", name="b") as blue:
            await test([red, blue])

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def known(workers: list[FakeWorker]) -> list[WorkerMetadata]:
    """Return what the workers say about themselves."""
    return [worker.here for worker in workers]


@with_two
async def test_workers_that_are_known_run_routines(workers: list[FakeWorker]) -> None:
    """Within its block it is the active pool."""
    async with WorkerProxy(workers=known(workers), quorum=2, lazy=False) as proxy:
        assert set(proxy.workers) == set(known(workers))
        assert await double(4) == 8
        assert [value async for value in count(3)] == [0, 1, 2]
        assert await proxy.run(double, 5) == 10

    assert sum(len(worker.tasks) for worker in workers) == 3
    with pytest.raises(wool.NoActivePool):
        await double(1)


@with_two
async def test_it_offers_what_a_pool_does(workers: list[FakeWorker]) -> None:
    """Each worker can be asked at once, and looked at."""
    async with WorkerProxy(workers=known(workers), quorum=2) as proxy:
        assert await proxy.broadcast(double, 4) == {worker.uid: 8 for worker in workers}
        assert {one.metadata for one in proxy.stats().workers} == set(known(workers))


@with_two
async def test_addresses_are_asked_who_is_there(workers: list[FakeWorker]) -> None:
    """The first call waits until somebody has answered."""
    addresses = [worker.here.address for worker in workers]

    async with WorkerProxy(workers=addresses, quorum=2) as proxy:
        assert await double(4) == 8
        assert {worker.uid for worker in proxy.workers} == {worker.uid for worker in workers}


@with_two
async def test_addresses_and_what_is_known_may_be_mixed(workers: list[FakeWorker]) -> None:
    """Each is used."""
    async with WorkerProxy(workers=[workers[0].here, workers[1].here.address], quorum=2) as proxy:
        assert await double(4) == 8
        assert len(proxy.workers) == 2


@with_two
async def test_discoveries_are_followed(workers: list[FakeWorker]) -> None:
    """Workers that come later are used; those that go are not."""
    discovery = FakeDiscovery()
    async with WorkerProxy(discovery=discovery) as proxy, asyncio.timeout(10):
        call = asyncio.create_task(double(4))
        await discovery.publish("worker-added", workers[0].here)
        assert await call == 8

        await discovery.publish("worker-added", workers[1].here)
        await discovery.publish("worker-dropped", workers[0].here)
        while {worker.uid for worker in proxy.workers} != {workers[1].uid}:
            await asyncio.sleep(0.001)
        assert await double(4) == 8

    assert discovery.subscriptions == 0


@with_two
async def test_tags_choose_among_workers(workers: list[FakeWorker]) -> None:
    """Those given and those found must carry one of them."""
    for given in ({"workers": known(workers)}, {"discovery": FakeDiscovery(*known(workers))}):
        async with WorkerProxy("blue", "green", **given) as proxy:  # pyright: ignore[reportArgumentType]
            assert await double(4) == 8
            assert [worker.uid for worker in proxy.workers] == [workers[1].uid]


@with_two
async def test_start_and_stop_do_not_make_it_the_active_one(workers: list[FakeWorker]) -> None:
    """`run` and `active` serve then; stopping twice does nothing."""
    proxy = WorkerProxy(workers=known(workers))
    await proxy.start()

    with pytest.raises(wool.NoActivePool):
        await double(1)
    assert await proxy.run(double, 2) == 4
    with proxy.active():
        assert await double(3) == 6
    await proxy.stop()
    await proxy.stop()

    with pytest.raises(wool.NoActivePool, match="not started"):
        await proxy.run(double, 2)
    with pytest.raises(RuntimeError, match="used once"):
        await proxy.start()


@with_two
async def test_leaving_by_an_exception_cancels_what_runs(workers: list[FakeWorker]) -> None:
    """As with a pool."""
    proxy = WorkerProxy(workers=known(workers))

    async def leave() -> None:
        async with proxy:
            call = asyncio.create_task(waits())
            while not any(worker.tasks for worker in workers):
                await asyncio.sleep(0)
            try:
                raise LookupError
            finally:
                proxies.append(call)

    proxies: list[asyncio.Task[None]] = []
    with pytest.raises(LookupError):
        await leave()

    await asyncio.wait(proxies, timeout=5)
    assert proxies[0].done()


@with_two
async def test_a_quorum_is_waited_for_where_it_is_not_lazy(workers: list[FakeWorker]) -> None:
    """Entering fails where it is not reached, and nothing is left."""
    strangers = [*known(workers), SOMEBODY]

    with pytest.raises(wool.NoWorkersAvailable, match="2 of the 3 workers of the quorum"):
        await WorkerProxy(workers=strangers, quorum=3, quorum_timeout=0.3, lazy=False).start()


@with_two
async def test_a_balancer_of_ones_own(workers: list[FakeWorker]) -> None:
    """An instance, a class or whatever leads to one."""
    balancer = Telling()
    async with WorkerProxy(workers=known(workers), loadbalancer=balancer, quorum=2):
        assert await double(4) == 8
    assert balancer.closed == 1
    async with WorkerProxy(workers=known(workers), loadbalancer=Telling):
        assert await double(4) == 8


@with_two
async def test_tasks_can_be_dispatched_by_hand(workers: list[FakeWorker]) -> None:
    """Refusals are passed by, as with calls."""
    workers[0].will(Refuse())
    workers[1].will(Refuse())
    async with WorkerProxy(workers=known(workers), quorum=2) as proxy:
        with pytest.raises(wool.NoWorkersAvailable):
            await proxy.dispatch(task(double, 2), timeout=10)
        workers[0].will(Refuse())

        assert [v async for v in await proxy.dispatch(task(double, 2))] == [4]
        assert [v async for v in await proxy.dispatch(task(count, 3))] == [0, 1, 2]
        results = await proxy.dispatch(task(waits))
        await results.aclose()


@with_two
async def test_a_dispatching_balancer_is_warned_of_and_works(workers: list[FakeWorker]) -> None:
    """Also for tasks that are dispatched by hand."""
    proxy = WorkerProxy(workers=known(workers), loadbalancer=Dispatching)
    with pytest.warns(DeprecationWarning, match="dispatch is deprecated"):
        await proxy.start()

    assert await proxy.run(double, 4) == 8
    assert [v async for v in await proxy.dispatch(task(count, 3))] == [0, 1, 2]
    await proxy.stop()


def task(routine: Any, *args: object) -> PlacedTask:
    """Return a task that calls *routine*."""
    return PlacedTask(key=os.urandom(16), tag="", callable=routine, args=args, kwargs={})


def test_it_is_not_pickled() -> None:
    """Nested routines need none."""
    proxy = WorkerProxy(workers=[SOMEBODY])

    with pytest.raises(TypeError, match="find the pool's workers by themselves"):
        pickle.dumps(proxy)
    with pytest.raises(TypeError, match="find the pool's workers by themselves"):
        copy.deepcopy(proxy)


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, ValueError, "either discovery or workers, not neither"),
        ({"workers": [SOMEBODY], "discovery": FakeDiscovery()}, ValueError, "not both"),
        ({"workers": []}, ValueError, "workers is empty"),
        ({"workers": "h:1"}, TypeError, "workers is an iterable"),
        ({"workers": SOMEBODY}, TypeError, "workers is an iterable"),
        ({"workers": 3}, TypeError, "workers is an iterable"),
        ({"workers": [3]}, TypeError, "an address is a string"),
        ({"workers": ["h:x"]}, ValueError, "is not a number"),
        ({"workers": [SOMEBODY], "quorum": 2}, ValueError, "at most 1 workers"),
        ({"workers": [SOMEBODY], "quorum": -1}, ValueError, "quorum must be 0 or more"),
        ({"workers": [SOMEBODY], "quorum": "1"}, TypeError, "quorum is a number"),
        ({"workers": [SOMEBODY], "quorum_timeout": 0}, ValueError, "quorum_timeout must be"),
        ({"workers": [SOMEBODY], "lease": 0}, ValueError, "lease must be 1 or more"),
        ({"workers": [SOMEBODY], "subset": 0}, ValueError, "subset must be 1 or more"),
        ({"workers": [SOMEBODY], "lazy": 1}, TypeError, "lazy must be True or False"),
        ({"workers": [SOMEBODY], "credentials": 1}, TypeError, "credentials must be"),
        ({"workers": [SOMEBODY], "loadbalancer": 3}, TypeError, "loadbalancer must be"),
        ({"discovery": 3}, TypeError, "discovery must be"),
        ({"discovery": FakeDiscovery(), "lease": 1, "quorum": 2}, ValueError, "at most 1"),
    ],
)
def test_bad_arguments_are_named(
    arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    """At construction."""
    with pytest.raises(error, match=text):
        WorkerProxy(**arguments)


def test_what_limits_nothing_is_warned_of() -> None:
    """As with a pool."""
    with pytest.warns(wool.IneffectiveLeaseWarning):
        WorkerProxy(workers=[SOMEBODY], lease=1)
    with pytest.warns(wool.IneffectiveQuorumTimeoutWarning):
        WorkerProxy(workers=[SOMEBODY], quorum=0, quorum_timeout=1)


@pytest.mark.parametrize("tag", ["", 3])
def test_bad_tags_are_named(tag: Any) -> None:
    """At construction."""
    with pytest.raises(TypeError, match="a tag is a non-empty string"):
        WorkerProxy(tag, workers=[SOMEBODY])
