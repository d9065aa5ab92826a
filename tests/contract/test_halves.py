"""A client and a worker talk over lanes of random delay, and real routines run between them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from random import Random
from typing import NamedTuple

from contract_routines import OnCancel, Plan, call, stream
from halves import Halves, HeardCall, leftovers
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_time import VirtualLoop, at_random

from wool.runtime.worker.calls import Command
from wool_common import frames as f
from wool_common.backpressure import BackpressureContext, Refusal
from wool_common.pickling.exceptions import dump_exception
from wool_common.pickling.values import dump

LONG = 3600.0
"""Seconds after which a task that has not ended never will; they pass in no time."""

PAUSES = st.sampled_from([0.0, 0.0001, 0.001, 0.003, 0.01, 0.1, 1.0])
AFTER = st.sampled_from([0.001, 0.05, 0.3, 0.5, 0.7, 1.0, 1.5, 3.0])

PLANS = st.builds(
    Plan,
    waits=st.lists(PAUSES, min_size=1, max_size=5).map(tuple),
    on_cancel=st.sampled_from(OnCancel),
    cleanup=PAUSES,
    fails=st.booleans(),
)


class CallScript(NamedTuple):
    """One call and how its caller behaves: it cancels after each of *cancels*."""

    plan: Plan
    begins: float
    cancels: tuple[float, ...]


class StreamScript(NamedTuple):
    """One generator and what its caller says, each command after a pause."""

    plan: Plan
    begins: float
    commands: tuple[tuple[float, type[Command], int], ...]
    closes: float


CALLS = st.builds(CallScript, PLANS, PAUSES, st.lists(PAUSES, max_size=2).map(tuple))
COMMANDS = st.tuples(
    PAUSES, st.sampled_from([f.Next, f.Next, f.Send, f.Throw, f.Cancel]), st.integers(1, 4)
)
STREAMS = st.builds(StreamScript, PLANS, PAUSES, st.lists(COMMANDS, max_size=6).map(tuple), PAUSES)
SCRIPTS = st.lists(CALLS | STREAMS, min_size=2, max_size=8)
SEEDS = st.integers(0, 2**32 - 1)


async def ended(call: HeardCall) -> None:
    """Return once *call* has heard of its end."""
    async with asyncio.timeout(LONG):
        while call.end is None:
            await call.more()


async def follow(halves: Halves, script: CallScript | StreamScript) -> HeardCall:
    """Behave as *script* says and return the call once it has ended."""
    await asyncio.sleep(script.begins)
    if isinstance(script, CallScript):
        return await _follow_call(halves, script)
    return await _follow_stream(halves, script)


async def _follow_call(halves: Halves, script: CallScript) -> HeardCall:
    made = halves.submit(call, script.plan)
    for pause in script.cancels:
        await asyncio.sleep(pause)
        if made.end is None and await made.cancel():
            assert type(made.end) in (f.Returned, f.Raised)
    await ended(made)
    return made


async def _follow_stream(halves: Halves, script: StreamScript) -> HeardCall:
    made = halves.submit(stream, script.plan, stream=True)
    rest: dict[type[Command], tuple[object, ...]] = {
        f.Send: (dump("sent"),),
        f.Throw: (dump_exception(KeyError("thrown"), task="", worker=""),),
    }
    for pause, kind, credit in script.commands:
        await asyncio.sleep(pause)
        made.say(kind, *((credit,) if kind is f.Next else rest.get(kind, ())))
    await asyncio.sleep(script.closes)
    made.say(f.Close)
    await ended(made)
    return made


def check(halves: Halves, calls: list[HeardCall]) -> None:
    """Check that nobody was blamed and nothing is left."""
    assert halves.blames == []
    assert [call.ends for call in calls if len(call.ends) != 1] == []
    assert halves.client.active == 0
    assert leftovers(halves.client, keeps=frozenset({"_slots"})) == {}
    worker = halves.worker
    assert leftovers(worker.session, keeps=frozenset({"_defined", "_pools"})) == {}
    assert leftovers(worker.executor, keeps=frozenset()) == {}
    assert worker.docket.load() == f.Load(0, 0)


async def converse(halves: Halves, scripts: list[CallScript | StreamScript]) -> list[HeardCall]:
    """Follow all *scripts* at once, then wait until whatever is under way has arrived."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(follow(halves, script)) for script in scripts]
    await asyncio.sleep(LONG)
    return [task.result() for task in tasks]


def is_as_planned(script: CallScript | StreamScript, heard: HeardCall) -> bool:
    """Tell whether the end of an undisturbed call is what its routine does."""
    planned = f.Raised if script.plan.fails else f.Returned
    return type(heard.end) is planned


@given(scripts=SCRIPTS, seed=SEEDS)
@settings(deadline=None, max_examples=300)
def test_both_halves_agree_however_frames_cross(
    scripts: list[CallScript | StreamScript], seed: int
) -> None:
    """Nobody is blamed, every task ends once on both sides, and nothing is left of it."""
    loop = VirtualLoop()

    async def main() -> None:
        halves = Halves(loop, at_random(Random(seed)))

        calls = await converse(halves, scripts)

        check(halves, calls)
        said = Counter(last.task for last in halves.last_words())
        assert set(said.values()) <= {1}
        for script, heard in zip(scripts, calls, strict=True):
            if isinstance(script, CallScript) and not script.cancels:
                assert is_as_planned(script, heard)
                assert f.Cancelling not in {type(x) for x in heard.all_heard}
        halves.close()

    assert loop.run(main) == []


@given(scripts=SCRIPTS, seed=SEEDS)
@settings(deadline=None, max_examples=300)
def test_both_halves_agree_where_the_worker_refuses(
    scripts: list[CallScript | StreamScript], seed: int
) -> None:
    """A hook that takes its time, refuses some and fails for some leaves nothing behind."""
    loop = VirtualLoop()
    random = Random(seed)

    async def decide() -> bool | Refusal:
        await asyncio.sleep(random.choice((0.0, 0.001, 0.01, 0.3)))
        return random.choice((False, True, Refusal("busy", 0.1)))

    def hook(context: BackpressureContext) -> bool | Refusal | Awaitable[bool | Refusal]:
        assert context.active_task_count >= 0
        return decide() if random.random() < 0.5 else random.choice((False, True, Refusal("busy")))

    async def main() -> None:
        halves = Halves(loop, at_random(random), hook=hook)

        calls = await converse(halves, scripts)

        check(halves, calls)
        for heard in calls:
            if type(heard.end) is f.Refused:
                assert {type(x) for x in heard.all_heard} == {f.Refused}
        halves.close()

    assert loop.run(main) == []


@given(scripts=SCRIPTS, seed=SEEDS, after=AFTER)
@settings(deadline=None, max_examples=300)
def test_both_halves_agree_where_the_worker_drains(
    scripts: list[CallScript | StreamScript], seed: int, after: float
) -> None:
    """What had begun may end in its own time, or is cancelled by the worker; the rest is refused."""
    loop = VirtualLoop()

    async def main() -> None:
        halves = Halves(loop, at_random(Random(seed)))
        following = asyncio.ensure_future(converse(halves, scripts))

        await asyncio.sleep(after)
        halves.worker.admission.drain()
        halves.to_client.put(f.Draining())
        await asyncio.sleep(after)
        halves.worker.executor.cancel_all("it was stopped")
        calls = await following

        check(halves, calls)
        assert halves.wire.finished
        halves.close()

    assert loop.run(main) == []


@given(scripts=SCRIPTS, seed=SEEDS, after=AFTER)
@settings(deadline=None, max_examples=300)
def test_each_half_is_clean_after_a_cut(
    scripts: list[CallScript | StreamScript], seed: int, after: float
) -> None:
    """Where the connection is lost, every call hears of one end and the worker runs nothing on."""
    loop = VirtualLoop()

    async def main() -> None:
        halves = Halves(loop, at_random(Random(seed)))
        following = asyncio.ensure_future(converse(halves, scripts))

        await asyncio.sleep(after)
        halves.cut()
        calls = await following

        check(halves, calls)
        halves.close()

    assert loop.run(main) == []
