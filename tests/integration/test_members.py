"""The members of a pool: who can be used, who is connected, and who is kept out."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import pytest
from conversations import BROKEN, BUSY, Stage, stage
from loop_routines import count, double, waits

import wool
from wool.runtime.loadbalancer.base import Picker
from wool.runtime.loadbalancer.picker import C
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.worker.gateway import Proxy
from wool.runtime.worker.peer import State
from wool.runtime.worker.prospects import Supply
from wool.testing import Accept, FakeWorker, FakeWorkers, Ignore, Lose
from wool_common.frames import Load
from wool_common.metadata import WorkerId, WorkerMetadata


def robin() -> wool.RoundRobinLoadBalancer:
    return wool.RoundRobinLoadBalancer()


def states(on: Stage) -> dict[str, State]:
    """Return how each member can be used."""
    return {m.metadata.extra["name"]: m.state for m in on.proxy.members}


async def steady(on: Stage, count: int) -> None:
    """Wait until *count* members are connected, and nobody else is."""
    others = len(on.workers) - count
    wanted = Counter({State.READY: count, State.KNOWN: others})
    await on.until(lambda: Counter(states(on).values()) == wanted)


# ── quorum ────────────────────────────────────────────────────────────────────


async def test_nobody_is_ready_before_the_quorum_is() -> None:
    """Calls wait until enough workers could be used together."""
    async with stage(robin(), "a", "b", quorum=3) as on:
        call = asyncio.create_task(on.run(double, 2))
        await asyncio.sleep(0)
        assert (on.ready, len(on.proxy.usable), call.done()) == (set(), 2, False)

        late = FakeWorker("c", name="c")
        on.workers["c"] = late
        await late.start()
        assert late.metadata is not None
        on.proxy.join(late.metadata)

        assert await call == 4
        assert on.ready == {"a", "b", "c"}


async def test_a_quorum_once_reached_stays_so() -> None:
    """Workers that leave later do not close the gate again."""
    async with stage(robin(), "a", "b", quorum=2) as on:
        on.proxy.leave(on["a"].uid)

        assert await on.run(double, 2) == 4
        assert on.ready == {"b"}


async def test_a_quorum_that_is_not_reached_in_time_says_how_far_it_came() -> None:
    """So many of so many, and what is the matter with the others."""
    async with stage(robin(), "a", quorum=2, quorum_timeout=0.05, supply=Supply.OPEN) as on:
        with pytest.raises(wool.NoWorkersAvailable, match="1 of the 2 workers of the quorum"):
            await on.run(double, 2)


async def test_a_quorum_out_of_reach_is_not_waited_for() -> None:
    """Where nobody else will come, the call fails at once."""
    async with (
        stage(robin(), "a", quorum=2, quorum_timeout=None, supply=Supply.FIXED) as on,
        asyncio.timeout(5),
    ):
        with pytest.raises(wool.NoWorkersAvailable, match="the quorum is 2 workers, and only 1"):
            await on.run(double, 2)


# ── ejection ──────────────────────────────────────────────────────────────────


async def test_an_ejected_worker_comes_back() -> None:
    """It is out of use for a second, and its error says for how long yet."""
    async with stage(robin(), "a", "b") as on:
        on["a"].will(BROKEN)
        assert [await on.run(double, n) for n in range(2)] == [0, 2]
        assert on.ready == {"b"}
        on["b"].will(BUSY)

        with (
            wool.RuntimeContext(dispatch_timeout=0.05),
            pytest.raises(wool.NoWorkersAvailable) as caught,
        ):
            await on.run(double, 1)

        reasons = {a.worker: a.reason for a in caught.value.attempts}
        assert reasons[on["a"].uid].startswith("ejected for another ")
        assert reasons[on["a"].uid].endswith("refused (hook-failed): its hook is broken")
        await on.until(lambda: on.ready == {"a", "b"})
        assert on["a"].metadata is not None
        assert await on.run(double, 4, worker=on["a"].metadata) == 8


async def test_a_call_waits_for_a_return_within_its_limits() -> None:
    """Another call takes the worker again as soon as it is back, or gives up in time."""
    async with stage(robin(), "a") as on:
        on["a"].will(BROKEN)
        with pytest.raises(wool.NoWorkersAvailable):
            await on.run(double, 1)

        with (
            wool.RuntimeContext(dispatch_timeout=0.05),
            pytest.raises(wool.NoWorkersAvailable, match="ejected for another"),
        ):
            await on.run(double, 1)
        assert await on.run(double, 2) == 4


async def test_busy_workers_are_never_ejected() -> None:
    """A refusal that may pass says nothing against the worker, however often it comes."""
    async with stage(robin(), "a") as on:
        on["a"].will(*[BUSY] * 20)
        for _ in range(20):
            with pytest.raises(wool.NoWorkersAvailable):
                await on.run(double, 1)

        assert on.ready == {"a"}


async def test_losing_task_after_task_ejects() -> None:
    """One cut connection is nobody's fault; several on end are."""
    async with stage(robin(), "a", "b") as on:
        on["a"].will(*[Lose()] * 3)
        for number in range(3):
            await on.until(lambda: on.ready == {"a", "b"})
            with pytest.raises(wool.WorkerLost):
                await on.run(double, number, worker=on["a"].uid)

        member = on.proxy.member(on["a"].uid)
        await on.until(lambda: member is not None and member.state is State.READY)
        assert on.ready == {"b"}
        assert "tasks were lost there" in on.proxy.explain(on.proxy.members)[0].reason


async def test_success_between_losses_forgives() -> None:
    """Only losses without a success between count."""
    async with stage(robin(), "a") as on:
        for number in range(5):
            await on.until(lambda: on.ready == {"a"})
            assert await on.run(double, number) == 2 * number
            on["a"].will(Lose())
            with pytest.raises(wool.WorkerLost):
                await on.run(double, number)

        await on.until(lambda: on.ready == {"a"})


async def test_never_answering_ejects() -> None:
    """A worker that neither takes nor refuses tasks again and again is left alone."""
    async with stage(robin(), "a") as on:
        on["a"].will(*[Ignore()] * 3)
        for number in range(3):
            with wool.RuntimeContext(dispatch_timeout=0.01), pytest.raises(wool.WorkerLost):
                await on.run(double, number)

        await on.until(lambda: on.ready == set())


# ── whoever answers ───────────────────────────────────────────────────────────


async def test_a_worker_says_itself_what_it_is() -> None:
    """What was advertised does not count, but for the way to it."""
    async with stage(robin()) as on:
        worker = FakeWorker("honest", name="w", grade="7")
        await worker.start()
        on.workers["w"] = worker
        assert worker.metadata is not None
        claim = replace(worker.metadata, tags=frozenset({"boastful"}), extra={}, version="9.9")

        on.proxy.join(claim)
        await on.until(lambda: bool(on.proxy.ready))

        assert on.proxy.ready[0].metadata == worker.metadata
        assert await on.run(double, 2, tags={"honest"}) == 4
        on.proxy.join(claim)
        assert on.proxy.ready[0].metadata == worker.metadata


async def test_another_worker_at_the_address_gets_no_task() -> None:
    """It is told nothing of the pool, and the error says who answered."""
    async with stage(robin(), "a") as on, asyncio.timeout(10):
        assert on["a"].metadata is not None
        claim = replace(on["a"].metadata, uid=WorkerId("somebody-else"))

        on.proxy.join(claim)
        member = on.proxy.member(claim.uid)
        assert member is not None
        await on.until(lambda: member.state is State.GONE)

        with pytest.raises(wool.NoWorkersAvailable, match=r"another worker .* answers"):
            await on.run(double, 2, worker=claim.uid)
        assert on.ready == {"a"}


# ── when waiting makes no sense ───────────────────────────────────────────────


async def test_a_call_does_not_wait_where_the_only_worker_drains_for_good() -> None:
    """Nobody will come: the call fails at once, and says why."""
    async with (
        stage(robin(), "a", supply=Supply.FIXED, quorum_timeout=None) as on,
        asyncio.timeout(5),
    ):
        on["a"].drain()
        await on.until(lambda: not on.ready)

        with pytest.raises(wool.NoWorkersAvailable, match="draining: it takes no new tasks"):
            await on.run(double, 2)


async def test_a_call_waits_where_a_draining_worker_is_replaced() -> None:
    """The replacement takes it."""
    async with stage(robin(), "a") as on:
        on["a"].drain()
        await on.until(lambda: not on.ready)
        call = asyncio.create_task(on.run(double, 2))
        await asyncio.sleep(0)
        assert not call.done()

        fresh = FakeWorker("b", name="b")
        on.workers["b"] = fresh
        await fresh.start()
        assert fresh.metadata is not None
        on.proxy.join(fresh.metadata)

        assert await call == 4


async def test_waiting_in_vain_names_who_drains() -> None:
    """The error of a call that waited tells what it waited for."""
    async with stage(robin(), "a", quorum_timeout=0.05) as on:
        on["a"].drain()
        await on.until(lambda: not on.ready)

        with pytest.raises(wool.NoWorkersAvailable, match="draining: it takes no new tasks"):
            await on.run(double, 2)


# ── the subset ────────────────────────────────────────────────────────────────

NAMES = tuple("abcdefghij")


async def test_no_more_than_the_subset_is_connected() -> None:
    """The others are known, and cost nothing."""
    async with stage(robin(), *NAMES, subset=3) as on:
        await steady(on, 3)
        async with asyncio.timeout(5):
            while sum(bool(w.sessions) for w in on.workers.values()) != 3:
                await asyncio.sleep(0)

        await asyncio.gather(*(on.run(double, n) for n in range(9)))

        assert on.ran == dict.fromkeys(on.ready, 3)


async def test_a_call_turned_down_by_the_subset_goes_on_to_others() -> None:
    """What all connected workers refuse, one that was known only may take."""
    async with stage(robin(), *NAMES, subset=3) as on:
        await steady(on, 3)
        full = on.ready
        for name in full:
            on[name].will(BUSY)

        assert await on.run(double, 2) == 4

        assert not set(on.ran) & full
        await on.until(lambda: len(on.ready) == 6)


async def test_refusals_reach_no_further_than_the_spill() -> None:
    """A client that everybody turns down connects to four times its subset more, and gives up."""
    async with stage(robin(), *NAMES, subset=1) as on:
        await steady(on, 1)
        for name in NAMES:
            on[name].will(BUSY)

        with pytest.raises(wool.NoWorkersAvailable, match="outside of the subset") as caught:
            await on.run(double, 1)

        refusals = [a for a in caught.value.attempts if a.reason.startswith("refused")]
        assert len(refusals) == 5
        await on.until(lambda: len(on.ready) == 5)


async def test_workers_of_ones_own_are_all_connected() -> None:
    """Who was started for this pool is used, however many there are beside those found."""
    async with stage(robin(), *NAMES, subset=3) as on:
        await steady(on, 3)
        own = [FakeWorker(name=f"own-{number}") for number in range(5)]
        for worker in own:
            on.workers[worker.extra["name"]] = worker
            await worker.start()
            assert worker.metadata is not None
            on.proxy.join(worker.metadata, own=True)

        await steady(on, 8)
        assert {f"own-{number}" for number in range(5)} <= on.ready
        await asyncio.gather(*(on.run(double, n) for n in range(16)))
        assert on.ran == dict.fromkeys(on.ready, 2)

        on.proxy.leave(own[0].uid)
        await on.workers.pop("own-0").stop()
        await steady(on, 7)
        await on.proxy.evict(own[1].uid, "it misbehaved")
        await on.until(lambda: "own-1" not in on.ready)
        await on.until(lambda: "own-1" in on.ready)
        await steady(on, 7)


async def test_a_pool_uses_every_worker_it_has_started() -> None:
    """The number that is kept connected is for found workers."""
    workers = FakeWorkers()
    async with wool.WorkerPool(size=5, subset=2, worker=workers) as pool:
        assert len(pool.workers) == 5


@pytest.mark.parametrize("how", ["leaves", "is ejected", "drains"])
async def test_one_that_cannot_be_used_is_replaced(how: str) -> None:
    """The subset is filled up from the others."""
    async with stage(robin(), *NAMES, subset=3) as on:
        await steady(on, 3)
        gone = min(on.ready)
        if how == "leaves":
            on.proxy.leave(on[gone].uid)
        elif how == "drains":
            on[gone].drain()
        else:
            await on.proxy.evict(on[gone].uid, "it misbehaved")

        await on.until(lambda: len(on.ready) == 3 and gone not in on.ready)


async def test_one_that_comes_back_takes_its_place_again() -> None:
    """Whoever stood in for it is let go of; no more than the subset stay connected."""
    async with stage(robin(), *NAMES, subset=3) as on:
        await steady(on, 3)
        before = on.ready
        await on.proxy.evict(on[min(before)].uid, "it misbehaved")
        await on.until(lambda: len(on.ready) == 3 and on.ready != before)

        await on.until(lambda: on.ready == before)

        await steady(on, 3)


async def test_one_that_cannot_be_reached_is_replaced() -> None:
    """A worker that is announced and not there is passed over."""
    async with stage(robin(), *NAMES, subset=3) as on:
        await steady(on, 3)
        lost = sorted(on.ready)[:2]
        for name in lost:
            await on[name].crash()

        await on.until(lambda: len(on.ready) == 3 and on.ready.isdisjoint(lost))


async def test_who_is_let_go_of_finishes_what_runs_there() -> None:
    """A replaced worker's generator goes on to its end."""
    async with stage(robin(), "a", subset=1) as on:
        numbers = on.run(count, 3)
        assert await anext(numbers) == 0
        added: list[FakeWorker] = []
        while on.ready == {"a"}:
            worker = FakeWorker(name=f"n{len(added)}")
            added.append(worker)
            on.workers[worker.extra["name"]] = worker
            await worker.start()
            assert worker.metadata is not None
            on.proxy.join(worker.metadata)
            await on.proxy.settled()

        assert [value async for value in numbers] == [1, 2]
        await on.until(lambda: states(on)["a"] is State.KNOWN)


async def test_others_are_woken_when_they_are_asked_for() -> None:
    """By id, by a tag that nobody connected has, and all for a broadcast."""
    async with stage(robin(), *NAMES, subset=2) as on:
        await steady(on, 2)
        asleep = sorted(set(NAMES) - on.ready)

        assert await on.run(double, 1, worker=on[asleep[0]].uid) == 2
        assert await on.run(double, 1, tags={asleep[1]}) == 2
        assert on.ran == {asleep[0]: 1, asleep[1]: 1}
        assert len(on.ready) == 4
        await on.proxy.wake_all()
        assert on.ready == set(NAMES)


async def test_a_large_pool_is_known_quickly_and_costs_nothing() -> None:
    """Two thousand workers join within the time that twenty connections take."""
    workers = [FakeWorker(name=f"{number}") for number in range(3)]
    proxy = Proxy(balancer=robin(), home=asyncio.get_running_loop(), subset=3)
    strangers = [
        WorkerMetadata(uid=WorkerId(f"stranger-{number}"), address=f"unix:/nowhere/{number}")
        for number in range(2000)
    ]
    try:
        for worker in workers:
            await worker.start()
            assert worker.metadata is not None
            proxy.join(worker.metadata)
        begin = time.process_time()
        for stranger in strangers:
            proxy.join(stranger)
        spent = time.process_time() - begin

        assert len(proxy.members) == 2003
        assert spent < 2.0  # some 0.1 s; each would take a millisecond if it cost a look at all
        known = sum(member.state is State.KNOWN for member in proxy.members)
        assert known >= 2000  # nobody is dialled before all have been heard of
    finally:
        await proxy.aclose()
        for worker in workers:
            await worker.stop()


async def test_closing_ends_those_that_are_about_to_leave() -> None:
    """A worker that was dropped this very moment leaves no session behind."""
    async with stage(robin(), "a", "b") as on:
        on.proxy.leave(on["a"].uid)

    assert not on["a"].sessions


# ── picks and ends ────────────────────────────────────────────────────────────


class Counting(Picker):
    """Counts what is under way on each worker, as least-loaded policies do."""

    needs_task: ClassVar[bool] = True
    follows_load: ClassVar[bool] = True

    def __init__(self) -> None:
        self.under_way: Counter[WorkerId] = Counter()
        self.loads: dict[WorkerId, Load] = {}
        self.tasks: list[object] = []
        self.picks = 0

    def pick(self, members: Sequence[C], task: PlacedTask | None) -> C:
        """Choose the one with the least under way here."""
        self.tasks.append(task)
        self.picks += 1
        chosen = min(members, key=lambda m: self.under_way[m.metadata.uid])
        self.under_way[chosen.metadata.uid] += 1
        return chosen

    def ended(self, worker: WorkerId) -> None:
        """Count one less."""
        self.under_way[worker] -= 1
        assert self.under_way[worker] >= 0

    def reported(self, worker: WorkerId, load: Load) -> None:
        """Remember what it says."""
        self.loads[worker] = load


async def test_every_pick_ends_exactly_once() -> None:
    """Whatever comes of a task, the policy hears of its end, and the task it picks for."""
    policy = Counting()
    async with stage(policy, "a", "b", "c") as on:
        on["a"].will(BUSY, BROKEN)
        on["b"].will(BUSY, Accept(gate=asyncio.Event()), BUSY)
        calls = [asyncio.create_task(on.run(double, n)) for n in range(40)]
        streams = [on.run(count, 3) for _ in range(6)]
        values = [await anext(stream) for stream in streams[:4]]
        hanging = [asyncio.create_task(on.run(waits)) for _ in range(10)]
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            while sum(call.done() for call in calls) < 35:
                await asyncio.sleep(0.001)
        for call in (*calls, *hanging):
            call.cancel()
        await asyncio.gather(*calls, *hanging, return_exceptions=True)
        for stream in streams:
            await stream.aclose()

        assert values == [0] * 4
        assert policy.picks >= 54
        assert policy.under_way.total() == 0
        assert {getattr(task, "args", None) for task in policy.tasks} >= {(n,) for n in range(40)}


async def test_an_abandoned_task_counts_until_it_has_ended() -> None:
    """A worker that answers no cancellation is still busy with the task, as far as is known."""
    policy = Counting()
    async with stage(policy, "a", "b") as on:
        for worker in on.workers.values():
            worker.will(Ignore())
        call = asyncio.create_task(on.run(double, 1))
        await asyncio.sleep(0)
        assert policy.under_way.total() == 1

        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert policy.under_way.total() == 0


async def test_reports_of_load_reach_the_policy() -> None:
    """Each worker's word about how busy it is."""
    policy = Counting()
    async with stage(policy, "a", "b") as on:
        on["a"].report(5, 2)
        on["b"].report(1)

        async with asyncio.timeout(5):
            while policy.loads.get(on["a"].uid) != Load(5, 2):
                await asyncio.sleep(0)
            while policy.loads.get(on["b"].uid) != Load(1, 0):
                await asyncio.sleep(0)
