"""Which objects are load balancers, and of which form."""

from __future__ import annotations

import pytest
from balancer_members import Context, argument, members

from wool.runtime.loadbalancer.base import (
    DelegatingLoadBalancerLike,
    DispatchingLoadBalancerLike,
    Form,
    LoadBalancerContextLike,
    LoadBalancerContextView,
    LoadBalancerLike,
    Picker,
    form_of,
)
from wool.runtime.loadbalancer.leastloaded import LeastLoadedLoadBalancer
from wool.runtime.loadbalancer.poweroftwo import PowerOfTwoLoadBalancer
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.loadbalancer.sticky import StickyLoadBalancer

# What users write has no annotations, as often as not.
# pyright: reportMissingParameterType=none, reportUnknownParameterType=none
# pyright: reportUnknownVariableType=none, reportUnknownMemberType=none
# pyright: reportUnknownArgumentType=none, reportUntypedBaseClass=none


class Delegating:
    async def delegate(self, *, context):
        for metadata, connection in context.workers.items():
            yield metadata, connection


class Delegating015:
    async def delegate(self, task, *, context):
        for uid in context.workers:
            yield uid


class Dispatching:
    async def dispatch(self, task, *, context, timeout=None):
        yield task


class Both(Delegating):
    async def dispatch(self, task, *, context, timeout=None):
        yield task


class Neither:
    pass


class Watched(RoundRobinLoadBalancer):
    async def delegate(self, *, context):
        async for offer in super().delegate(context=context):
            yield offer


class Backwards(RoundRobinLoadBalancer):
    def pick(self, members, task=None):
        return members[-1]


class Changed:
    workers = {}

    def add_worker(self, metadata, connection): ...

    def update_worker(self, metadata, connection, *, upsert=False): ...

    def remove_worker(self, metadata): ...


class Empty:
    pass


SHIPPED: list[Picker] = [
    RoundRobinLoadBalancer(),
    LeastLoadedLoadBalancer(),
    PowerOfTwoLoadBalancer(),
    StickyLoadBalancer(key=argument),
]


@pytest.mark.parametrize(
    ("balancer", "form"),
    [
        *((balancer, Form.PICK) for balancer in SHIPPED),
        (Backwards(), Form.PICK),
        (Watched(), Form.DELEGATE),
        (Delegating(), Form.DELEGATE),
        (Delegating015(), Form.DELEGATE_015),
        (Both(), Form.DELEGATE),
        (Dispatching(), Form.DISPATCH),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, Form) else value.name,
)
def test_form_is_told_by_what_a_balancer_has(balancer: object, form: Form) -> None:
    """`delegate` goes before `dispatch`, and before an inherited `pick`."""
    assert form_of(balancer) is form


def with_delegate(delegate: object) -> object:
    return type("Written", (), {"delegate": delegate})()


async def task_by_position(self, task, /, *, context):
    yield context


async def task_with_default(self, task=None, *, context):
    yield context


async def context_by_position(self, context):
    yield context


async def whatever_keywords(self, **more):
    yield more


async def anything(self, *args, context, **more):
    yield args


async def another_option(self, *, context, retries=3):
    yield context


async def the_words_given_otherwise(self, work, *, context):
    yield work


@pytest.mark.parametrize(
    ("delegate", "form"),
    [
        (task_by_position, Form.DELEGATE_015),
        (task_with_default, Form.DELEGATE_015),
        (the_words_given_otherwise, Form.DELEGATE_015),
        (context_by_position, Form.DELEGATE),
        (whatever_keywords, Form.DELEGATE),
        (anything, Form.DELEGATE),
        (another_option, Form.DELEGATE),
    ],
)
def test_the_signature_tells_who_wants_the_task(delegate: object, form: Form) -> None:
    """A `delegate` that takes something besides the context is given the task."""
    assert form_of(with_delegate(delegate)) is form


async def no_context(self, task):
    yield task


async def no_yield(self, *, context):
    return context


def not_async(self, *, context):
    yield context


async def too_much(self, task, pool, *, context):
    yield pool


async def strange_keyword(self, *, context, pool):
    yield pool


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (Neither(), "is no load balancer: it has no method delegate"),
        (None, "None is no load balancer"),
        ("round robin", "'round robin' is no load balancer"),
        (RoundRobinLoadBalancer, "not the class RoundRobinLoadBalancer"),
        (with_delegate(3), "is no load balancer"),
        (with_delegate(no_context), "must take the keyword `context`"),
        (with_delegate(no_yield), "must be an async generator"),
        (with_delegate(not_async), "must be an async generator"),
        (with_delegate(too_much), "is not given: pool"),
        (with_delegate(strange_keyword), "is not given: pool"),
    ],
)
def test_what_is_no_balancer_is_told_what_it_lacks(thing: object, words: str) -> None:
    """Whatever is no balancer is a TypeError that names what is missing."""
    with pytest.raises(TypeError, match=words):
        form_of(thing)


@pytest.mark.parametrize(
    ("thing", "protocol", "is_one"),
    [
        (Context(*members(2)), LoadBalancerContextView, True),
        (Changed(), LoadBalancerContextView, True),
        (Empty(), LoadBalancerContextView, False),
        (Changed(), LoadBalancerContextLike, True),
        (Context(), LoadBalancerContextLike, False),
        (Dispatching(), DispatchingLoadBalancerLike, True),
        (Delegating(), DispatchingLoadBalancerLike, False),
        (Delegating(), DelegatingLoadBalancerLike, True),
        (Delegating015(), DelegatingLoadBalancerLike, True),
        (Dispatching(), DelegatingLoadBalancerLike, False),
        (Delegating(), LoadBalancerLike, True),
        (Dispatching(), LoadBalancerLike, True),
        (Both(), LoadBalancerLike, True),
        (Both(), DelegatingLoadBalancerLike, True),
        (Both(), DispatchingLoadBalancerLike, True),
        (Neither(), LoadBalancerLike, False),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_protocols_are_checked_by_isinstance(
    thing: object, protocol: type[object], is_one: bool
) -> None:
    """`isinstance` with a protocol, or with the union of them, asks for their methods."""
    assert isinstance(thing, protocol) is is_one


@pytest.mark.parametrize("balancer", SHIPPED, ids=lambda balancer: type(balancer).__name__)
def test_shipped_balancers_are_delegating_ones(balancer: Picker) -> None:
    """What is shipped can be driven by `delegate`, and does not dispatch."""
    assert isinstance(balancer, DelegatingLoadBalancerLike)
    assert not isinstance(balancer, DispatchingLoadBalancerLike)
