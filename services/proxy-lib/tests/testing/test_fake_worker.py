"""Fake workers do as they are told, over a real session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import grpc.aio
import pytest
from inline_routines import add, extend, fail, lists, mark, nested, wait_for_ever

import wool
from wool.testing import Accept, FakeWorker, FakeWorkers, Ignore, Lose, Refuse
from wool_common.channels import channel
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc


@pytest.fixture
async def workers() -> AsyncGenerator[FakeWorkers]:
    """Return the two workers of a pool that is open."""
    workers = FakeWorkers()
    async with wool.WorkerPool("fake", size=2, worker=workers) as pool, asyncio.timeout(10):
        while len(pool.workers) < 2:
            await asyncio.sleep(0)
        with pool.active():
            yield workers


async def test_routines_run_on_it(workers: FakeWorkers) -> None:
    """Calls and generators work, on copies, without a process."""
    items = [0]
    generator = lists()

    assert await add(1, 2) == 3
    assert (await extend(items), items) == ([0, 1], [0])
    assert await anext(generator) == []
    assert await generator.asend([7]) == [7]
    with pytest.raises(ValueError, match="thrown"):
        await generator.athrow(ValueError("thrown"))


async def test_nested_calls_run_in_place(workers: FakeWorkers) -> None:
    """A routine's own calls stay on the worker, with their caller known."""
    own, seen = await nested()

    assert own == seen


async def test_exceptions_cross_as_from_a_process(workers: FakeWorkers) -> None:
    """What is raised ends in a TaskException that names the fake worker."""
    with pytest.raises(ValueError, match="no") as caught:
        await fail("no")

    told = caught.value.__cause__
    assert isinstance(told, wool.TaskException)
    assert told.worker in {worker.uid for worker in workers}


async def test_context_variables_stay_behind(workers: FakeWorkers) -> None:
    """A routine has a context of its own."""
    assert await mark() == "unset"
    assert await mark() == "unset"


async def test_it_knows_what_it_ran(workers: FakeWorkers) -> None:
    """`tasks` lists what was begun, so a balancer's choices can be counted."""
    for _ in range(4):
        await add(1, 2)

    assert [len(worker.tasks) for worker in workers] == [2, 2]
    assert workers[0].tasks[0].tag.startswith("inline_routines.add:")


async def test_a_refusal_sends_the_task_on(workers: FakeWorkers) -> None:
    """A refused task did not start, so another worker gets it."""
    for worker in workers:
        worker.will(Refuse(retry_after=2.0))

    with pytest.raises(wool.NoWorkersAvailable) as caught:
        await add(1, 2)

    assert {attempt.worker for attempt in caught.value.attempts} == {w.uid for w in workers}
    assert await add(1, 2) == 3


async def test_one_refusal_goes_unnoticed(workers: FakeWorkers) -> None:
    """While another worker accepts, the caller hears nothing of refusals."""
    workers[0].will(*[Refuse()] * 4)

    assert [await add(n, 0) for n in range(4)] == [0, 1, 2, 3]
    assert [len(worker.tasks) for worker in workers] == [0, 4]


async def test_a_lost_task_is_not_tried_again(workers: FakeWorkers) -> None:
    """A session that is cut under a task ends it as lost."""
    for worker in workers:
        worker.will(Lose(details="on purpose"))

    with pytest.raises(wool.WorkerLost, match="on purpose"):
        await add(1, 2)

    assert [len(worker.tasks) for worker in workers] == [0, 0]


async def test_an_ignored_task_can_be_given_up(workers: FakeWorkers) -> None:
    """A worker that says nothing is left to the caller's limits."""
    for worker in workers:
        worker.will(Ignore())

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await add(1, 2)


async def test_a_gate_holds_a_task_back(workers: FakeWorkers) -> None:
    """A task waits for its gate, and another one passes by."""
    gate = asyncio.Event()
    workers[0].will(Accept(gate=gate))
    workers[1].will(Accept(delay=0.001))

    calls = [asyncio.create_task(add(n, 0)) for n in range(2)]
    done, waiting = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    gate.set()

    assert (len(done), len(waiting)) == (1, 1)
    assert await asyncio.gather(*calls) == [0, 1]


async def test_a_task_behind_a_gate_can_be_cancelled(workers: FakeWorkers) -> None:
    """A cancelled task never begins."""
    for worker in workers:
        worker.will(Accept(gate=asyncio.Event()))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await add(1, 2)

    assert [len(worker.tasks) for worker in workers] == [0, 0]


async def test_a_running_task_can_be_cancelled(workers: FakeWorkers) -> None:
    """Cancelling the caller cancels the routine."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await wait_for_ever()

    assert sum(len(worker.tasks) for worker in workers) == 1


async def test_a_draining_worker_gets_nothing_more(workers: FakeWorkers) -> None:
    """After `drain` tasks go elsewhere."""
    workers[0].drain()

    assert [await add(n, 0) for n in range(4)] == [0, 1, 2, 3]
    assert [len(worker.tasks) for worker in workers] == [0, 4]


async def test_a_cut_session_is_dialled_again(workers: FakeWorkers) -> None:
    """A worker that cut its sessions is used again once it has been reached."""
    for worker in workers:
        worker.will(Lose())
    for _ in workers:
        with pytest.raises(wool.WorkerLost):
            await add(1, 2)

    assert await add(1, 2) == 3


async def test_a_crashed_worker_is_replaced() -> None:
    """A pool takes `crash` for the end of a process and starts another worker."""
    workers = FakeWorkers()
    async with wool.WorkerPool(size=1, worker=workers) as pool, asyncio.timeout(10):
        await workers[0].crash()
        while workers[0].uid in {worker.uid for worker in pool.workers}:
            await asyncio.sleep(0)

        assert await add(1, 2) == 3
        assert len(workers) == 2
        assert len(workers[1].tasks) == 1


async def test_another_python_is_turned_away() -> None:
    """A worker that says it runs another Python is listed with the reason."""
    workers = FakeWorkers(lambda *tags: FakeWorker(*tags, python="2.7"))
    async with wool.WorkerPool(size=1, worker=workers):
        with (
            wool.RuntimeContext(dispatch_timeout=0.2),
            pytest.raises(wool.NoWorkersAvailable, match=r"2\.7"),
        ):
            await add(1, 2)


async def test_it_describes_itself() -> None:
    """`Describe` answers with tags, versions and the load that was set."""
    worker = FakeWorker("gpu", host="127.0.0.1", version="9.9", zone="a")
    worker.report(3, 1)

    async with worker:
        assert worker.address is not None
        async with channel(worker.address) as link:
            answer = await sgrpc.WorkerServiceStub(link).Describe(spb.DescribeRequest())

    assert list(answer.metadata.tags) == ["gpu"]
    assert (answer.metadata.version, dict(answer.metadata.extra)) == ("9.9", {"zone": "a"})
    assert (answer.load.active, answer.load.waiting) == (3, 1)


async def test_it_leaves_nothing_behind() -> None:
    """Once stopped, nobody listens and the socket is gone."""
    worker = FakeWorker()
    async with worker:
        assert worker.address is not None
        folder = Path(worker.address.removeprefix("unix:")).parent
        assert folder.exists()

    assert not folder.exists()
    async with channel(worker.address) as link:
        with pytest.raises(grpc.aio.AioRpcError):
            await sgrpc.WorkerServiceStub(link).Describe(spb.DescribeRequest())
