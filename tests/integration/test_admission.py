"""Hooks that refuse tasks, on real workers."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import call_routines as r
import pytest
from admission_hooks import (
    Patient,
    Turnstile,
    at_most,
    block,
    first_word,
    refuse,
    refuse_later,
    tell_all,
    tell_count,
)
from notes import noted

import wool
from wool import BackpressureContext, LocalWorker
from wool_common.hooks import MaxLoopLag, MaxMemory, MaxTasks

Hook = Callable[[BackpressureContext], Any]


def pool_of(hook: Hook, size: int = 1) -> wool.WorkerPool:
    return wool.WorkerPool(size=size, worker=functools.partial(LocalWorker, backpressure=hook))


def closure(answer: bool) -> Hook:
    def hook(context: BackpressureContext) -> bool:
        return answer

    return hook


def async_closure(answer: bool) -> Callable[[BackpressureContext], Awaitable[bool]]:
    async def hook(context: BackpressureContext) -> bool:
        await asyncio.sleep(0)
        return answer

    return hook


HOOKS: dict[str, Callable[[bool], Hook]] = {
    "function": lambda answer: functools.partial(refuse, answer=answer),
    "async function": lambda answer: functools.partial(refuse_later, answer=answer),
    "lambda": lambda answer: lambda context: answer,
    "closure": closure,
    "async closure": async_closure,
    "lambda that gives an awaitable": lambda answer: lambda context: refuse_later(context, answer),
    "object": Turnstile,
    "async object": Patient,
    "bound method": lambda answer: Turnstile(answer).ask,
}


@pytest.mark.parametrize("kind", HOOKS)
async def test_a_hook_that_answers_false_accepts(kind: str) -> None:
    """The task runs as if there were no hook, whatever kind of callable that is."""
    async with pool_of(HOOKS[kind](False)):
        assert await r.square(3) == 9
        assert [value async for value in r.stream(3)] == [0, 1, 2]


@pytest.mark.parametrize("kind", HOOKS)
async def test_a_hook_that_answers_true_refuses(kind: str) -> None:
    """The caller learns from which worker, and why; the worker stays, and so does its session."""
    async with pool_of(HOOKS[kind](True)) as pool:
        (worker,) = pool.workers
        for _ in range(2):
            with pytest.raises(wool.NoWorkersAvailable) as caught:
                await r.square(3)
            (attempt,) = caught.value.attempts
            assert (attempt.worker, attempt.address) == (worker.uid, worker.address)
            assert "backpressure" in attempt.reason
        with pytest.raises(wool.NoWorkersAvailable, match="backpressure"):
            await anext(r.stream(3))
        assert pool.workers == (worker,)


async def test_a_hook_is_told_count_and_task() -> None:
    """It gets a context, with the task that is to run."""
    async with pool_of(tell_all):
        with pytest.raises(wool.NoWorkersAvailable) as caught:
            await r.square(3)

    said = caught.value.attempts[0].reason
    assert "BackpressureContext 0 Task call_routines.square:" in said


async def test_the_count_leaves_the_new_task_out(log: str) -> None:
    """While one task runs, the hook hears of one; when it has ended, of none again."""
    async with pool_of(tell_count) as pool:
        running = asyncio.create_task(pool.run(r.wait_and_note, log, "it"))
        await noted(log, "it waits")

        with pytest.raises(wool.NoWorkersAvailable, match="1 active"):
            await r.square(3)
        running.cancel()
        await asyncio.wait([running])

        assert await r.square(3) == 9


async def test_a_refused_task_goes_to_another_worker(log: str) -> None:
    """As long as one worker has room, nobody hears of a refusal."""
    async with pool_of(at_most(1), size=2) as pool:
        running = [
            asyncio.create_task(pool.run(r.wait_and_note, log, str(number))) for number in range(2)
        ]
        await noted(log, "0 waits", "1 waits")

        with pytest.raises(wool.NoWorkersAvailable) as caught:
            await r.square(3)
        assert {attempt.worker for attempt in caught.value.attempts} == {
            worker.uid for worker in pool.workers
        }
        running[0].cancel()
        await asyncio.wait(running[:1])
        results = [await r.square(number) for number in range(10)]

        assert results == [number**2 for number in range(10)]
        running[1].cancel()
        await asyncio.wait(running)


async def test_workers_of_one_pool_may_have_hooks_of_their_own() -> None:
    """Where one refuses everything the other does all the work."""
    hooks = iter([closure(True), None])

    def worker(*tags: str) -> LocalWorker:
        return LocalWorker(*tags, backpressure=next(hooks))

    async with wool.WorkerPool(size=2, worker=worker):
        assert len({await r.pid() for _ in range(10)}) == 1


async def test_a_refusal_tells_its_reason() -> None:
    """The word that the hook gave is in the caller's error."""
    async with pool_of(lambda context: wool.Refusal("closed", retry_after=3600)):
        with pytest.raises(wool.NoWorkersAvailable, match="closed"):
            await r.square(3)


async def test_nested_calls_are_asked_about_as_well(log: str) -> None:
    """A routine that calls another on its own worker takes two places there."""
    async with pool_of(at_most(1)):
        with pytest.raises(wool.NoWorkersAvailable, match="backpressure"):
            await r.nested_wait(log, 1)


async def test_the_same_hook_object_serves_each_worker_anew() -> None:
    """A hook's state is a copy on each worker, and stays there from task to task."""
    async with pool_of(first_word()):
        with pytest.raises(wool.NoWorkersAvailable, match="call 1"):
            await r.square(1)
        with pytest.raises(wool.NoWorkersAvailable, match="call 2"):
            await r.square(1)


async def test_max_tasks_on_a_worker(log: str) -> None:
    """The shipped hook crosses like any other."""
    async with pool_of(MaxTasks(1)) as pool:
        running = asyncio.create_task(pool.run(r.wait_and_note, log, "it"))
        await noted(log, "it waits")
        with pytest.raises(wool.NoWorkersAvailable, match="max-tasks"):
            await r.square(3)
        running.cancel()
        await asyncio.wait([running])


async def test_max_memory_on_a_worker() -> None:
    """There is always more in use than next to nothing."""
    async with pool_of(MaxMemory(1e-9)):
        with pytest.raises(wool.NoWorkersAvailable, match="max-memory"):
            await r.square(3)


async def test_max_loop_lag_on_a_worker(log: str) -> None:
    """A routine that blocks its loop has others refused meanwhile, and not afterwards."""
    async with pool_of(MaxLoopLag(0.3)) as pool:
        blocking = asyncio.create_task(pool.run(block, log, 1.5))
        await noted(log, "blocks")

        refused: str = ""
        while not refused and not blocking.done():
            try:
                await asyncio.wait_for(pool.run(r.square, 3), 0.05)
            except TimeoutError:
                continue
            except wool.NoWorkersAvailable as exc:
                refused = exc.attempts[0].reason
        await blocking

        assert "max-loop-lag" in refused
        async with asyncio.timeout(5):
            while True:
                try:
                    assert await pool.run(r.square, 3) == 9
                except wool.NoWorkersAvailable:
                    continue
                break


def test_a_local_worker_takes_a_hook() -> None:
    """Nothing happens before it is started."""
    for hook in (refuse, lambda context: False, Turnstile(False), MaxTasks(1)):  # pyright: ignore[reportUnknownLambdaType, reportUnknownVariableType]
        assert LocalWorker(backpressure=hook).address is None  # pyright: ignore[reportUnknownArgumentType]


@pytest.mark.parametrize("hook", ["refuse", 3, True])
def test_a_local_worker_takes_nothing_that_cannot_be_called(hook: Any) -> None:
    """The error shows what was given."""
    with pytest.raises(TypeError, match=f"backpressure must be callable, not {hook!r}"):
        LocalWorker(backpressure=hook)
