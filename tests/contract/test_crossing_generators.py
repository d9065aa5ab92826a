"""What becomes of generators whose frames cross, one case at a time."""

from __future__ import annotations

import asyncio

import contract_routines as routines
from cases import LONG, QUICK, conversation, ended, kinds, yielded
from contract_routines import OnCancel
from halves import Halves

from wool_common import frames as f


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
    plan = QUICK._replace(waits=(1.0,) * 100, on_cancel=OnCancel.SURVIVE)
    call = halves.submit(routines.stream, plan, stream=True)
    call.say(f.Next, 100)
    await asyncio.sleep(3.5)
    call.say(f.Close)

    began = asyncio.get_running_loop().time()
    await ended(call)

    # The step that was under way survived, so its value came as well.
    assert kinds(call).count(f.Yielded) == 4
    assert asyncio.get_running_loop().time() - began < 2


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
    call = halves.submit(
        routines.stream, QUICK._replace(waits=(0.0, 0.0), cleanup=LONG), stream=True
    )
    call.say(f.Next, 1)
    await yielded(call)
    call.say(f.Close)
    call.say(f.Cancel)

    began = asyncio.get_running_loop().time()
    await ended(call)

    assert asyncio.get_running_loop().time() - began < 1
