"""What becomes of frames that cross, one case at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import contract_routines as routines
from contract_routines import OnCancel, Plan
from halves import Halves, HeardCall, VirtualLoop

from wool_common import frames as f
from wool_common.backpressure import BackpressureContext, BackpressureLike
from wool_common.errors import WorkerLost
from wool_common.pickling.exceptions import revive
from wool_common.pickling.values import load

LONG = 3600.0
QUICK = Plan((0.0,), OnCancel.OBEY, 0.0, fails=False)
SLOW = QUICK._replace(waits=(LONG,))


async def ended(call: HeardCall) -> HeardCall:
    """Return *call* once it has heard of its end."""
    async with asyncio.timeout(LONG / 2):
        while call.end is None:
            await call.more()
    return call


async def yielded(call: HeardCall) -> object:
    """Return the next value of a generator."""
    async with asyncio.timeout(LONG / 2):
        while not call.heard:
            assert call.end is None
            await call.more()
    return loaded(call.heard.popleft().value)


def loaded(payload: f.Payload) -> object:
    """Return a value that came in one piece."""
    assert isinstance(payload, bytes)
    return load(payload)


def kinds(call: HeardCall) -> list[type[Any]]:
    """Return what *call* has heard, in order."""
    return [type(frame) for frame in call.all_heard]


def conversation(
    test: Callable[[Halves], Awaitable[None]], hook: BackpressureLike | None = None
) -> Callable[[], None]:
    """Make a test of *test*, which gets two halves; no time passes but what it waits for."""

    async def main() -> None:
        halves = Halves(asyncio.get_running_loop(), hook=hook)
        await test(halves)
        assert halves.blames == []
        assert halves.worker.docket.load() == f.Load(0, 0)
        halves.close()

    def run() -> None:
        assert VirtualLoop().run(main) == []

    run.__doc__ = test.__doc__
    return run


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
async def test_a_first_value_implies_acceptance(halves: Halves) -> None:
    """A generator that yields at once is answered by its value."""
    call = halves.submit(routines.stream, QUICK, stream=True)
    call.say(f.Next, 1)

    await yielded(call)

    assert kinds(call) == [f.Yielded]
    call.say(f.Close)
    await ended(call)


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
async def test_a_survived_cancellation_may_cross_the_next_step(halves: Halves) -> None:
    """The client asks for more before it hears that the routine lived through the last."""
    plan = QUICK._replace(waits=(1.0, 1.0), on_cancel=OnCancel.SURVIVE)
    call = halves.submit(routines.stream, plan, stream=True)
    call.say(f.Next, 1)
    await asyncio.sleep(0.5)
    halves.to_client.hold()
    call.say(f.Cancel)
    call.say(f.Next, 1)
    await asyncio.sleep(5)
    halves.to_client.let_go()
    call.say(f.Close)

    assert kinds(await ended(call)).count(f.Cancelling) == 1


@conversation
async def test_commands_may_follow_a_cancel_before_any_answer(halves: Halves) -> None:
    """A worker that is slow to answer does not make a client that goes on look wrong."""
    halves.errands.lane.hold()
    call = halves.submit(routines.stream, QUICK, stream=True)
    call.say(f.Next, 1)
    call.say(f.Cancel)
    call.say(f.Next, 1)
    await asyncio.sleep(1)
    halves.errands.lane.let_go()
    call.say(f.Close)

    assert kinds(await ended(call))[0] is f.Accepted


@conversation
async def test_a_task_cancelled_before_it_began_does_not_begin(halves: Halves) -> None:
    """The routines' loop was busy: it runs nothing that nobody wants any more."""
    halves.errands.lane.hold()
    call = halves.submit(routines.count_runs)
    call.say(f.Cancel)
    await asyncio.sleep(1)
    before = routines.RUNS
    halves.errands.lane.let_go()

    await ended(call)

    assert kinds(call) == [f.Accepted, f.Cancelled]
    assert before == routines.RUNS


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


@conversation
async def test_a_generator_that_survives_the_loss_of_its_client_ends(halves: Halves) -> None:
    """Nobody will ever resume it."""
    plan = QUICK._replace(waits=(LONG, 0.0, 0.0), on_cancel=OnCancel.SURVIVE)
    call = halves.submit(routines.stream, plan, stream=True)
    call.say(f.Next, 2)
    await asyncio.sleep(1)

    halves.cut()
    await asyncio.sleep(1)

    assert len(call.ends) == 1
    assert halves.worker.docket.active == 0


@conversation
async def test_a_step_that_was_asked_for_is_cancelled_once_it_waits(halves: Halves) -> None:
    """A cancellation that comes with the command finds the step that it is about."""
    plan = QUICK._replace(waits=(0.0, LONG, 0.0), on_cancel=OnCancel.SURVIVE)
    call = halves.submit(routines.stream, plan, stream=True)
    call.say(f.Next, 1)
    await yielded(call)
    call.say(f.Next, 1)
    call.say(f.Cancel)

    value = await yielded(call)

    assert (value, call.cancelling) == (2, True)
    call.say(f.Close)
    await ended(call)


@conversation
async def test_a_step_that_never_waits_is_not_cancelled(halves: Halves) -> None:
    """The value has crossed the cancellation; the generator goes on unharmed."""
    call = halves.submit(routines.stream, QUICK._replace(waits=(0.0, 0.0, 0.0)), stream=True)
    call.say(f.Next, 1)
    values = [await yielded(call)]

    call.say(f.Next, 1)
    call.say(f.Cancel)
    values.append(await yielded(call))
    call.say(f.Next, 2)

    assert kinds(await ended(call)) == [f.Yielded, f.Yielded, f.Yielded, f.Returned]
    assert values == [0, 1]


@conversation
async def test_a_step_survived_leaves_no_trace(halves: Halves) -> None:
    """A generator cancelled twice in one step can use timeouts and task groups after it."""
    call = halves.submit(routines.count_cancellations, stream=True)
    call.say(f.Next, 1)
    await asyncio.sleep(1)
    call.say(f.Cancel)
    call.say(f.Cancel)

    values = [await yielded(call)]
    call.say(f.Next, 1)
    values.append(await yielded(call))
    call.say(f.Close)
    await ended(call)

    assert values[1] == 0


@conversation
async def test_closing_ends_what_runs_ahead(halves: Halves) -> None:
    """A generator with credit left takes no further step once it is closed."""
    plan = QUICK._replace(waits=(1.0,) * 100)
    call = halves.submit(routines.stream, plan, stream=True)
    call.say(f.Next, 100)
    await asyncio.sleep(3.5)
    call.say(f.Close)

    began = asyncio.get_running_loop().time()
    await ended(call)

    assert kinds(call).count(f.Yielded) == 3
    assert asyncio.get_running_loop().time() - began < 1


@conversation
async def test_closing_ends_a_step_nobody_waits_for(halves: Halves) -> None:
    """A generator that runs ahead and waits for what may never come can be closed."""
    call = halves.submit(routines.stream, QUICK._replace(waits=(0.0, LONG)), stream=True)
    call.say(f.Next, 2)
    await yielded(call)
    await asyncio.sleep(1)
    call.say(f.Close)

    began = asyncio.get_running_loop().time()
    await ended(call)

    assert asyncio.get_running_loop().time() - began < 1


@conversation
async def test_cancelling_a_close_cancels_the_clean_up(halves: Halves) -> None:
    """Also where both are said in one breath."""
    call = halves.submit(routines.stream, QUICK._replace(waits=(0.0, 0.0), cleanup=LONG), stream=True)
    call.say(f.Next, 1)
    await yielded(call)
    call.say(f.Close)
    call.say(f.Cancel)

    began = asyncio.get_running_loop().time()
    await ended(call)

    assert asyncio.get_running_loop().time() - began < 1


async def _late(context: BackpressureContext) -> bool:
    await asyncio.sleep(1)
    return False


async def _cancel_while_deciding(halves: Halves) -> None:
    """A task that was cancelled while the hook made up its mind does not run."""
    before = routines.RUNS
    call = halves.submit(routines.count_runs)
    await asyncio.sleep(0.5)
    call.say(f.Cancel)

    await ended(call)

    assert type(call.end) is f.Cancelled
    assert before == routines.RUNS


async def _lose_while_deciding(halves: Halves) -> None:
    """A task whose client went while the hook made up its mind does not run."""
    before = routines.RUNS
    call = halves.submit(routines.count_runs)
    await asyncio.sleep(0.5)

    halves.cut()
    await asyncio.sleep(2)

    assert len(call.ends) == 1
    assert before == routines.RUNS


test_cancel_while_deciding = conversation(_cancel_while_deciding, _late)
test_lose_while_deciding = conversation(_lose_while_deciding, _late)
