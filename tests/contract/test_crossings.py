"""What becomes of calls whose frames cross, one case at a time."""

from __future__ import annotations

import asyncio

import contract_routines as routines
from cases import QUICK, SLOW, conversation, ended, kinds, loaded
from contract_routines import OnCancel
from halves import Halves

from wool_common import frames as f
from wool_common.backpressure import BackpressureContext
from wool_common.errors import WorkerLost
from wool_common.pickling.exceptions import revive


@conversation
async def test_a_short_call_is_answered_by_one_frame(halves: Halves) -> None:
    """Its end implies that it was accepted."""
    call = await ended(halves.submit(routines.call, QUICK))

    assert kinds(call) == [f.Returned]


@conversation
async def test_a_longer_call_is_accepted_first(halves: Halves) -> None:
    """The caller hears that the task is the worker's before it hears of its end."""
    call = await ended(halves.submit(routines.call, QUICK._replace(waits=(1.0,))))

    assert kinds(call) == [f.Accepted, f.Returned]


@conversation
async def test_cancel_may_cross_the_end(halves: Halves) -> None:
    """What is said about a task that has ended on the worker is heard and ignored."""
    call = halves.submit(routines.call, QUICK)
    halves.to_client.hold()
    await asyncio.sleep(1)
    call.say(f.Cancel)
    await asyncio.sleep(1)
    halves.to_client.let_go()

    assert kinds(await ended(call)) == [f.Returned]


@conversation
async def test_a_task_cancelled_before_it_began_does_not_begin(halves: Halves) -> None:
    """The routines' loop was busy: it runs nothing that nobody wants any more."""
    halves.errands.lane.hold()
    call = halves.submit(routines.note, "cancelled early")
    call.say(f.Cancel)
    await asyncio.sleep(1)
    halves.errands.lane.let_go()

    await ended(call)

    assert kinds(call) == [f.Accepted, f.Cancelled]
    assert "cancelled early" not in routines.runs


@conversation
async def test_a_routine_that_obeys_says_nothing_but_its_end(halves: Halves) -> None:
    """A quick cancellation costs one frame."""
    call = halves.submit(routines.call, SLOW)
    await asyncio.sleep(1)

    decided = await call.cancel()

    assert not decided
    assert kinds(call) == [f.Accepted, f.Cancelled]


@conversation
async def test_a_routine_that_cleans_up_is_reported(halves: Halves) -> None:
    """The caller hears that its cancellation was delivered, and waits for the end."""
    call = halves.submit(routines.call, SLOW._replace(cleanup=5.0))
    await asyncio.sleep(1)

    decided = await call.cancel()

    assert not decided
    assert kinds(call) == [f.Accepted, f.Cancelling, f.Cancelled]


@conversation
async def test_a_routine_may_decide_against_its_cancellation(halves: Halves) -> None:
    """The caller has what it answered, as it would locally."""
    call = halves.submit(routines.call, SLOW._replace(on_cancel=OnCancel.SURVIVE))
    await asyncio.sleep(1)

    decided = await call.cancel()

    assert decided
    assert kinds(call) == [f.Accepted, f.Cancelling, f.Returned]


@conversation
async def test_a_cancelled_call_stays_cancelled_when_its_worker_is_lost(halves: Halves) -> None:
    """That the worker was lost is not the routine's decision."""
    call = halves.submit(routines.call, SLOW._replace(cleanup=5.0))
    await asyncio.sleep(1)
    asyncio.get_running_loop().call_later(2, halves.cut)

    decided = await call.cancel()

    assert not decided
    assert f.Cancelling in kinds(call)
    await asyncio.sleep(10)


@conversation
async def test_a_worker_that_ends_says_that_the_task_was_lost(halves: Halves) -> None:
    """A cancellation that the client did not ask for is not reported as one."""
    calls = [
        halves.submit(routines.call, SLOW),
        halves.submit(routines.stream, SLOW, stream=True),
        halves.submit(routines.stream, QUICK, stream=True),
    ]
    calls[1].say(f.Next, 1)
    await asyncio.sleep(1)

    halves.worker.executor.cancel_all("it was stopped")

    for call in calls:
        assert kinds(await ended(call)) == [f.Accepted, f.Raised]
        assert isinstance(call.end, f.Raised)
        assert isinstance(revive(loaded(call.end.error)), WorkerLost)


async def _late(context: BackpressureContext) -> bool:
    await asyncio.sleep(1)
    return False


async def _cancel_while_deciding(halves: Halves) -> None:
    """A task that was cancelled while the hook made up its mind does not run."""
    call = halves.submit(routines.note, "cancelled late")
    await asyncio.sleep(0.5)
    call.say(f.Cancel)

    await ended(call)

    assert isinstance(call.end, f.Refused)
    assert call.end.reason == "cancelled"
    assert "cancelled late" not in routines.runs


async def _lose_while_deciding(halves: Halves) -> None:
    """A task whose client went while the hook made up its mind does not run."""
    call = halves.submit(routines.note, "lost")
    await asyncio.sleep(0.5)

    halves.cut()
    await asyncio.sleep(2)

    assert len(call.ends) == 1
    assert "lost" not in routines.runs


test_cancel_while_deciding = conversation(_cancel_while_deciding, _late)
test_lose_while_deciding = conversation(_lose_while_deciding, _late)
