"""The dispatch loop: balancers offer workers, the pool makes the attempts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from balancers import ByMetadata, ByUid, Naive, Old, Slow, Telling, ordered
from conversations import BROKEN, BUSY, Stage, stage
from loop_routines import double, fails, stubborn, waits

import wool
from wool.runtime.loadbalancer.base import LoadBalancerContextView
from wool.testing import Accept, Ignore, Lose, Refuse
from wool_common.errors import StatusCode


def names(told: list[object]) -> list[str]:
    """Return the names of the workers among *told*."""
    return [t.extra["name"] for t in told if isinstance(t, wool.WorkerMetadata)]


# ── what the balancer is told ─────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [Telling, ByMetadata, ByUid])
async def test_success_is_told_by_the_worker_that_took_the_task(kind: type[Telling]) -> None:
    """`asend` gets the metadata of the winner, however it was offered."""
    balancer = kind()
    async with stage(balancer, "a", "b") as on:
        assert await on.run(double, 4) == 8

        assert names(balancer.told) == ["a"]
        assert (on.ran, balancer.closed) == ({"a": 1}, 1)


async def test_a_transient_refusal_is_told_and_the_worker_kept() -> None:
    """The next offer is tried; who refused stays in view."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        on["a"].will(Refuse(reason="full", retry_after=2.5))

        assert await on.run(double, 4) == 8

        busy, winner = balancer.told
        assert isinstance(busy, wool.WorkerBusy)
        assert (busy.reason, busy.retry_after, busy.code) == (
            "full",
            2.5,
            StatusCode.RESOURCE_EXHAUSTED,
        )
        assert isinstance(winner, wool.WorkerMetadata)
        assert balancer.seen == [["a", "b"]]
        assert on.ready == {"a", "b"}


async def test_any_other_refusal_evicts_before_it_is_told() -> None:
    """By the time the balancer hears of it, the worker has left its view."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        on["a"].will(BROKEN)

        assert await on.run(double, 4) == 8

        broken = balancer.told[0]
        assert type(broken) is wool.RpcError
        assert broken.code is StatusCode.INTERNAL
        assert balancer.seen == [["b"]]
        assert on.ready == {"b"}


async def test_several_evictions_in_one_call() -> None:
    """Each non-transient failure evicts, and the survivor takes the task."""
    balancer = Telling()
    async with stage(balancer, "a", "b", "c") as on:
        for name in "ab":
            on[name].will(BROKEN)

        assert await on.run(double, 1) == 2

        assert balancer.seen == [["b", "c"], ["c"]]
        assert names(balancer.told) == ["c"]


async def test_nobody_offered_fails_the_call() -> None:
    """A balancer that offers nobody leaves the call without a worker."""

    class Nobody:
        async def delegate(self, *, context: object) -> AsyncGenerator[Any, Any]:
            for nobody in ():
                yield nobody

    async with stage(Nobody(), "a") as on:
        with pytest.raises(wool.NoWorkersAvailable, match="the load balancer offered"):
            await on.run(double, 1)

        assert on.ran == {}


async def test_exhaustion_tells_every_attempt_and_the_last_error() -> None:
    """NoWorkersAvailable names each worker with the reason, and is caused by the last error."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        on["a"].will(Refuse(reason="full", details="come back later"))
        on["b"].will(BROKEN)

        with pytest.raises(wool.NoWorkersAvailable) as caught:
            await on.run(double, 1)

        reasons = {attempt.worker: attempt.reason for attempt in caught.value.attempts}
        assert reasons == {
            on["a"].uid: "refused (full): come back later",
            on["b"].uid: "refused (hook-failed): its hook is broken",
        }
        assert caught.value.__cause__ is balancer.told[-1]
        assert balancer.closed == 1


@pytest.mark.parametrize("refusal", [BUSY, BROKEN], ids=["transient", "other"])
async def test_a_lone_worker_that_refuses_fails_the_call_at_once(refusal: Refuse) -> None:
    """Nobody waits for a worker that has turned the task down."""
    async with stage(Telling(), "a", quorum_timeout=None) as on, asyncio.timeout(5):
        on["a"].will(refusal)

        with pytest.raises(wool.NoWorkersAvailable):
            await on.run(double, 1)


async def test_a_balancer_that_listens_to_nothing_has_given_up() -> None:
    """An error that passes through its generator means no further offer."""
    async with stage(Naive(), "a", "b") as on:
        for name in "ab":
            on[name].will(BUSY)

        with pytest.raises(wool.NoWorkersAvailable) as caught:
            await on.run(double, 1)

        assert isinstance(caught.value.__cause__, wool.WorkerBusy)


async def test_an_error_of_the_balancer_reaches_the_caller() -> None:
    """What it raises itself is raised as it is, and nothing has run."""

    class Broken:
        async def delegate(self, *, context: Any) -> AsyncGenerator[Any, Any]:
            try:
                yield next(iter(context.workers))
            except Exception as exc:
                raise LookupError("no more ideas") from exc

    async with stage(Broken(), "a") as on:
        on["a"].will(BUSY)

        with pytest.raises(LookupError, match="no more ideas"):
            await on.run(double, 1)

        assert on.ran == {}


# ── after a worker has taken the task ─────────────────────────────────────────


async def test_offering_again_after_success_is_an_error_and_cancels_the_task() -> None:
    """The caller gets RuntimeError; the task that was taken has ended by then."""

    class Insatiable:
        async def delegate(self, *, context: Any) -> AsyncGenerator[Any, Any]:
            while True:
                yield next(iter(context.workers))

    async with stage(Insatiable(), "a") as on:
        with pytest.raises(RuntimeError, match="must end once it is told so") as caught:
            await on.run(waits)

        assert f"yielded '{on['a'].uid}' after" in str(caught.value)
        assert on.ran == {"a": 1}
        assert on.proxy.sessions()[0].active == 0


async def test_an_error_while_success_is_noted_cancels_the_task() -> None:
    """The balancer's own error is raised, and nothing is left running."""

    class Forgetful(Telling):
        async def accepted(self, result: object) -> None:
            raise LookupError("lost my notes")

    async with stage(Forgetful(), "a") as on:
        with pytest.raises(LookupError, match="lost my notes"):
            await on.run(waits)

        assert on.proxy.sessions()[0].active == 0


async def test_cancelling_while_success_is_noted_cancels_the_task() -> None:
    """CancelledError passes, the balancer is closed, and the task has ended."""
    balancer = Slow()
    async with stage(balancer, "a", "b") as on:
        call = asyncio.create_task(on.run(waits))
        await balancer.waits.wait()

        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert balancer.closed == 1
        assert on.ready == {"a", "b"}
        assert on.proxy.sessions()[0].active == 0


async def test_a_routine_that_raises_has_succeeded_as_far_as_placing_goes() -> None:
    """The worker took the task: no other one is tried."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        with pytest.raises(ValueError, match="on purpose"):
            await on.run(fails, "on purpose")

        assert names(balancer.told) == ["a"]
        assert on.ran == {"a": 1}


async def test_a_routine_may_answer_a_cancellation() -> None:
    """What a cancelled routine returns is still its result."""
    async with stage(Telling(), "a") as on:
        call = asyncio.create_task(on.run(stubborn, 60.0))
        await until_begun(on, "a")

        call.cancel()

        assert await call == "stayed"


async def until_begun(on: Stage, name: str) -> None:
    """Wait until a task has begun on the worker *name*."""
    async with asyncio.timeout(5):
        while not on[name].tasks:
            await asyncio.sleep(0)


# ── cancellation and loss before that ─────────────────────────────────────────


async def test_cancelling_an_attempt_neither_evicts_nor_tries_another() -> None:
    """Cancellation is the caller's wish, not news about the worker."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        gate = asyncio.Event()
        on["a"].will(Accept(gate=gate))
        call = asyncio.create_task(on.run(double, 1))
        async with asyncio.timeout(5):
            while not on.proxy.sessions()[0].active:
                await asyncio.sleep(0)

        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

        assert balancer.told == []
        assert balancer.closed == 1
        assert (on.ran, on.ready) == ({}, {"a", "b"})


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
async def test_what_is_no_exception_of_the_balancer_passes(kind: type[BaseException]) -> None:
    """It reaches the caller untouched; nobody is evicted."""

    class Interrupted:
        async def delegate(self, *, context: Any) -> AsyncGenerator[Any, Any]:
            try:
                yield next(iter(context.workers))
            except wool.WorkerBusy:
                raise kind from None

    async with stage(Interrupted(), "a", "b") as on:
        on["a"].will(BUSY)
        on["b"].will(BUSY)
        passed: list[type[BaseException]] = []

        try:
            await on.run(double, 1)
        except BaseException as exc:  # noqa: BLE001 - whatever passes
            passed.append(type(exc))

        assert passed == [kind]
        assert (on.ran, on.ready) == ({}, {"a", "b"})


async def test_a_lost_task_is_never_tried_again() -> None:
    """It may have run: the balancer is closed and the caller told."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        on["a"].will(Lose(details="a cable was cut"))

        with pytest.raises(wool.WorkerLost, match="a cable was cut") as caught:
            await on.run(double, 1)

        assert caught.value.worker == on["a"].uid
        assert balancer.told == []
        assert balancer.closed == 1
        assert on.ran == {}


async def test_a_worker_that_never_answers_loses_the_task() -> None:
    """Neither accepted nor refused within dispatch_timeout: it may have run."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        on["a"].will(Ignore())

        with wool.RuntimeContext(dispatch_timeout=0.05), pytest.raises(wool.WorkerLost):
            await on.run(double, 1)

        assert balancer.closed == 1
        assert on.ran == {}


async def test_a_task_too_large_for_one_is_too_large_for_all() -> None:
    """The refusal is the caller's to know; no other worker is bothered, and none evicted."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        on["a"].will(Refuse(code=StatusCode.INVALID_ARGUMENT, reason="too-large", details="huge"))

        with pytest.raises(wool.RpcError, match="huge"):
            await on.run(double, 1)

        assert (on.ran, on.ready) == ({}, {"a", "b"})


async def test_a_balancer_that_dispatches_as_well_runs_nothing_twice() -> None:
    """A task that was given to a worker through its connection is not given to another."""

    class Meddling:
        async def delegate(self, *, context: Any) -> AsyncGenerator[Any, Any]:
            first, second = ordered(context)
            results.append(await context.workers[first].dispatch(context.task))
            yield second

    results: list[Any] = []
    async with stage(Meddling(), "a", "b") as on:
        with pytest.raises(RuntimeError, match="a task never runs twice"):
            await on.run(double, 1)

        assert [value async for value in results[0]] == [2]
        assert on.ran == {"a": 1}


# ── offers ────────────────────────────────────────────────────────────────────


async def test_offers_are_looked_up_in_the_pool_as_it_is_now() -> None:
    """A worker that left since it was seen counts as failed for the moment."""
    seen: list[Exception] = []

    class Remembering:
        async def delegate(self, *, context: Any) -> AsyncGenerator[Any, Any]:
            pairs = sorted(context.workers.items(), key=lambda pair: pair[0].extra["name"])
            on.proxy.leave(pairs[0][0].uid)
            for pair in pairs:
                try:
                    if (yield pair):
                        return
                except Exception as exc:  # noqa: BLE001 - whatever it is told
                    seen.append(exc)

    async with stage(Remembering(), "a", "b") as on:
        assert await on.run(double, 2) == 4

        assert [type(exc) for exc in seen] == [wool.TransientRpcError]
        assert on.ran == {"b": 1}


async def test_offering_strangers_for_ever_comes_to_an_end() -> None:
    """A balancer that is stuck with a worker nobody knows does not hold the call for ever."""

    class Stuck:
        async def delegate(self, *, context: object) -> AsyncGenerator[Any, Any]:
            while True:
                try:
                    yield "nobody"
                except wool.TransientRpcError:
                    continue

    async with stage(Stuck(), "a") as on:
        with pytest.raises(wool.NoWorkersAvailable, match="goes on offering"):
            await on.run(double, 2)


async def test_a_balancer_that_waits_is_waited_for_no_longer_than_the_call() -> None:
    """What it may take counts towards dispatch_timeout; then its generator is closed."""
    closed = asyncio.Event()

    class Waiting:
        async def delegate(self, *, context: object) -> AsyncGenerator[Any, Any]:
            try:
                await asyncio.Event().wait()
                yield
            finally:
                closed.set()

    async with stage(Waiting(), "a") as on:
        with (
            wool.RuntimeContext(dispatch_timeout=0.05),
            pytest.raises(wool.NoWorkersAvailable, match=r"Waiting\.delegate offered no worker"),
        ):
            await on.run(double, 2)

        assert closed.is_set()
        assert on.ran == {}


async def test_a_timeout_of_the_balancers_own_reaches_the_caller() -> None:
    """It is no sign that the call's own time is over."""

    class Hasty:
        async def delegate(self, *, context: object) -> AsyncGenerator[Any, Any]:
            raise TimeoutError("no register in time")
            yield

    async with stage(Hasty(), "a") as on:
        with (
            wool.RuntimeContext(dispatch_timeout=60),
            pytest.raises(TimeoutError, match="no register in time"),
        ):
            await on.run(double, 2)


async def test_a_delegate_that_is_no_generator_is_named() -> None:
    """TypeError says what it must be."""

    class Listing:
        def delegate(self, *, context: Any) -> object:
            return list(context.workers)

    balancer: Any = Listing()
    async with stage(balancer, "a") as on:
        with pytest.raises(TypeError, match=r"Listing\.delegate returned .* async generator"):
            await on.run(double, 2)


@pytest.mark.parametrize("offer", [None, 3, (), ("a", "b", "c"), object()])
async def test_an_offer_that_is_no_worker_is_named(offer: object) -> None:
    """TypeError shows what was yielded."""

    class Odd:
        async def delegate(self, *, context: object) -> AsyncGenerator[Any, Any]:
            yield offer

    async with stage(Odd(), "a") as on:
        with pytest.raises(TypeError, match=r"Odd\.delegate yielded"):
            await on.run(double, 2)


async def test_options_narrow_what_is_offered() -> None:
    """`options(worker=)` and `options(tags=)` are settled before the balancer is asked."""
    balancer = Telling()
    async with stage(balancer, "a", "b", "c") as on:
        assert await on.run(double, 1, worker=on["c"].uid) == 2
        assert await on.run(double, 1, tags={"b"}) == 2
        with pytest.raises(wool.NoWorkersAvailable, match="matches tags"):
            await on.run(double, 1, tags={"z"})

        assert on.ran == {"b": 1, "c": 1}
        assert names(balancer.told) == ["c", "b"]


async def test_the_view_is_for_reading() -> None:
    """It is a mapping that cannot be changed, of workers with the way to each."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        await on.run(double, 21)
        view: Any = balancer.views[0]

        assert isinstance(balancer.views[0], LoadBalancerContextView)
        assert not hasattr(view, "remove_worker")
        with pytest.raises(TypeError):
            view.workers[on["a"].metadata] = None
        assert {w.extra["name"] for w in view.workers} == {"a", "b"}
        assert (view.task.args, view.task.callable) == ((21,), double.local)
        assert view.task.id == (on["a"].tasks + on["b"].tasks)[0].id


# ── the form of wool 0.15 ─────────────────────────────────────────────────────


async def test_balancers_for_wool_0_15_are_driven_by_their_rules() -> None:
    """They get the task, a view by id, and are told ids."""
    balancer = Old()
    async with stage(balancer, "a", "b") as on:
        on["a"].will(BUSY)

        assert await on.run(double, 5) == 10

        assert [type(t) for t in balancer.told] == [wool.WorkerBusy, str]
        assert balancer.told[1] == on["b"].uid
        assert balancer.tasks[0].args == (5,)


async def test_they_hear_none_where_a_worker_left_before_anything_was_tried() -> None:
    """`anext` asks for another one."""
    told: list[object] = []

    class Stale:
        async def delegate(self, task: object, *, context: Any) -> AsyncGenerator[Any, Any]:
            told.append((yield "nobody"))
            told.append((yield next(iter(context.workers))))

    async with stage(Stale(), "a") as on:
        assert await on.run(double, 5) == 10
        assert told == [None, on["a"].uid]


# ── many at once ──────────────────────────────────────────────────────────────


async def test_many_calls_at_a_time_each_have_a_generator_of_their_own() -> None:
    """Hundreds of placements run side by side, and all generators are closed."""
    balancer = Telling()
    async with stage(balancer, "a", "b", "c") as on:
        on["a"].will(*[BUSY] * 150)
        on["b"].will(*[BUSY] * 60)

        assert await asyncio.gather(*(on.run(double, n) for n in range(300))) == [
            2 * n for n in range(300)
        ]

        assert balancer.closed == 300
        assert on.ran == {"a": 150, "b": 90, "c": 60}


async def test_other_loops_place_their_calls_in_the_same_way() -> None:
    """A caller in another thread sees evictions before it hears of them, too."""
    balancer = Telling()
    async with stage(balancer, "a", "b") as on:
        on["a"].will(BROKEN)

        async def elsewhere() -> int:
            return await on.run(double, 4)

        assert await asyncio.to_thread(lambda: asyncio.run(elsewhere())) == 8
        assert balancer.seen == [["b"]]
