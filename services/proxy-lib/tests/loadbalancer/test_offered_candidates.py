"""What `delegate` of the shipped balancers does on each signal."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import cast

import pytest
from balancer_members import Context, Member, argument, fail, members
from hypothesis import given, settings
from hypothesis import strategies as st

from wool.runtime.loadbalancer.base import Picker
from wool.runtime.loadbalancer.leastloaded import LeastLoadedLoadBalancer
from wool.runtime.loadbalancer.poweroftwo import PowerOfTwoLoadBalancer
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.loadbalancer.sticky import StickyLoadBalancer
from wool_common.errors import RpcError, StatusCode, TransientRpcError
from wool_common.frames import Load
from wool_common.metadata import WorkerMetadata
from wool_common.pickling.values import dump, load

BUSY = TransientRpcError(StatusCode.UNAVAILABLE, "busy", address="host:1")
BROKEN = RpcError(StatusCode.INTERNAL, "broken", address="host:1")


def sticky() -> StickyLoadBalancer:
    return StickyLoadBalancer(key=argument)


EACH = pytest.mark.parametrize(
    "make",
    [RoundRobinLoadBalancer, LeastLoadedLoadBalancer, PowerOfTwoLoadBalancer, sticky],
)
Make = Callable[[], Picker]


async def taken(balancer: Picker, context: Context) -> WorkerMetadata:
    """Have the first candidate take the task; return which one that was."""
    offers = balancer.delegate(context=context)
    metadata, _ = await anext(offers)
    with pytest.raises(StopAsyncIteration):
        await offers.asend(metadata)
    return metadata


@EACH
async def test_nobody_to_offer_ends_at_once(make: Make) -> None:
    """Without workers the first `anext` ends the generator."""
    offers = make().delegate(context=Context())

    with pytest.raises(StopAsyncIteration):
        await anext(offers)


@EACH
async def test_a_candidate_is_a_worker_with_its_connection(make: Make) -> None:
    """What is yielded is the pair that stands in the context."""
    context = Context(*members(3))
    offers = make().delegate(context=context)

    metadata, connection = await anext(offers)
    await offers.aclose()

    assert context.workers[metadata] is connection


@EACH
async def test_the_generator_ends_once_a_worker_took_the_task(make: Make) -> None:
    """`asend` is the last signal, whatever candidates are left."""
    assert await taken(make(), Context(*members(3))) in Context(*members(3)).workers


@EACH
@pytest.mark.parametrize("error", [BUSY, BROKEN, ValueError("what a user raises")])
async def test_each_candidate_is_offered_once(make: Make, error: Exception) -> None:
    """When all fail, each was offered once, and then the generator ends."""
    context = Context(*members(7))
    offers = make().delegate(context=context)

    offered = [(await anext(offers))[0]]
    while (metadata := await fail(offers, error)) is not None:
        offered.append(metadata)

    assert sorted(m.uid for m in offered) == sorted(m.uid for m in context.workers)


@EACH
async def test_evicted_and_joined_workers_are_noticed(make: Make) -> None:
    """What leaves the context is offered no more; what joins it while workers fail, is."""
    late = Member("late")
    context = Context(*members(3))
    offers = make().delegate(context=context)

    first, _ = await anext(offers)
    del context.held[first]
    gone = next(iter(context.held))
    del context.held[gone]
    context.held[late.metadata] = late
    rest: list[WorkerMetadata] = []
    while (metadata := await fail(offers, BROKEN)) is not None:
        rest.append(metadata)

    assert sorted(m.uid for m in rest) == sorted(m.uid for m in context.held)


@EACH
async def test_one_that_had_left_before_it_was_tried_is_passed_over(make: Make) -> None:
    """A plain `anext` in the middle asks for another candidate."""
    context = Context(*members(2))
    offers = make().delegate(context=context)

    pair = {(await anext(offers))[0], (await anext(offers))[0]}

    assert pair == set(context.workers)
    with pytest.raises(StopAsyncIteration):
        await anext(offers)


@EACH
async def test_exits_pass_through(make: Make) -> None:
    """What is no `Exception` is not answered with another candidate."""
    offers = make().delegate(context=Context(*members(2)))
    await anext(offers)

    with pytest.raises(KeyboardInterrupt):
        await offers.athrow(KeyboardInterrupt())


@EACH
async def test_pickled_balancers_begin_afresh(make: Make) -> None:
    """A copy that has crossed to another process works, and has no memory of this one."""
    balancer = make()
    for _ in range(3):
        balancer.pick(members(5), Context().task)

    crossed = load(cast(bytes, dump(balancer)))
    for copy in (pickle.loads(pickle.dumps(balancer)), crossed):
        assert type(copy) is type(balancer)
        assert await taken(copy, Context(*members(5))) in Context(*members(5)).workers


async def test_round_robin_goes_on_after_success_and_failure() -> None:
    """The next task begins behind the worker tried last."""
    balancer = RoundRobinLoadBalancer()
    context = Context(*members(4))
    names = [m.uid for m in context.workers]

    first = await taken(balancer, context)
    offers = balancer.delegate(context=context)
    second, _ = await anext(offers)
    third = await fail(offers, BUSY)
    await offers.aclose()
    fourth = await taken(balancer, context)

    assert [m.uid for m in (first, second, third, fourth) if m] == names


@settings(deadline=None)
@given(count=st.integers(1, 12), failures=st.integers(0, 12))
async def test_round_robin_offers_in_order(count: int, failures: int) -> None:
    """With so many failures before a success, just those workers are offered, in order."""
    failures = min(failures, count - 1)
    context = Context(*members(count))
    offers = RoundRobinLoadBalancer().delegate(context=context)

    first, _ = await anext(offers)
    seen = [first, *[await fail(offers, BUSY) for _ in range(failures)]]
    await offers.aclose()

    assert seen == list(context.workers)[: failures + 1]


async def test_round_robin_is_fair_to_tasks_placed_at_once() -> None:
    """Generators that run at the same time are given different workers."""
    balancer = RoundRobinLoadBalancer()
    context = Context(*members(6))
    drivers = [balancer.delegate(context=context) for _ in range(6)]

    firsts = [(await anext(driver))[0] for driver in drivers]
    for driver, metadata in zip(drivers, firsts, strict=True):
        with pytest.raises(StopAsyncIteration):
            await driver.asend(metadata)

    assert {m.uid for m in firsts} == {m.uid for m in context.workers}


async def test_round_robin_begins_at_the_start_after_pickling() -> None:
    """A copy does not know whose turn it was."""
    balancer = RoundRobinLoadBalancer()
    context = Context(*members(3))
    await taken(balancer, context)

    copy = pickle.loads(pickle.dumps(balancer))

    assert await taken(copy, context) == next(iter(context.workers))


async def test_least_loaded_offers_by_load() -> None:
    """Candidates come from the least busy to the busiest."""
    team = members(4)
    for member, active in zip(team, (3, 0, 2, 1), strict=True):
        member.load = Load(active, 0)
    offers = LeastLoadedLoadBalancer().delegate(context=Context(*team))

    seen = [(await anext(offers))[0].uid]
    while (metadata := await fail(offers, BUSY)) is not None:
        seen.append(metadata.uid)

    assert seen == [team[at].uid for at in (1, 3, 2, 0)]


async def test_connections_that_know_no_load_count_as_idle() -> None:
    """A connection of another kind can be offered too."""
    member = Member("plain")
    context = Context(member)
    context.held[member.metadata] = object()  # pyright: ignore[reportArgumentType]

    assert await taken(LeastLoadedLoadBalancer(), context) == member.metadata
