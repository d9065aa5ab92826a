"""Get load balancers and admission hooks wrong."""

from __future__ import annotations

from mistake import Area, wrong

BALANCERS = Area(
    title="Load balancing",
    given="""\
from wool.runtime.loadbalancer.sticky import StickyLoadBalancer


class Nothing:
    pass


class Once:
    async def delegate(self, *, context):
        return next(iter(context.workers.items()))


class Narrow:
    async def delegate(self):
        yield


class Greedy:
    async def delegate(self, *, context, region):
        yield next(iter(context.workers.items()))


class Nobody:
    async def delegate(self, *, context):
        for worker in ():
            yield worker


class Stranger:
    async def delegate(self, *, context):
        yield 50051


class Twice:
    async def delegate(self, *, context):
        yield next(iter(context.workers))
        yield "another"
""",
    mistakes=(
        wrong(
            "an object that chooses nothing",
            "wool.WorkerPool(loadbalancer=Nothing())",
            "TypeError",
            "loadbalancer must be a load balancer (with `delegate`)",
        ),
        wrong(
            "a class that chooses nothing",
            "async with wool.WorkerPool(size=1, loadbalancer=Nothing): pass",
            "TypeError",
            "loadbalancer must be a load balancer (with `delegate`)",
        ),
        wrong(
            "a coroutine function",
            "wool.WorkerPool(loadbalancer=Once())",
            "TypeError",
            "Once.delegate must be an async generator: `async def` with a `yield`",
        ),
        wrong(
            "no context is taken",
            "wool.WorkerPool(loadbalancer=Narrow())",
            "TypeError",
            "Narrow.delegate must take the keyword `context`",
        ),
        wrong(
            "more is wanted than is given",
            "wool.WorkerPool(loadbalancer=Greedy())",
            "TypeError",
            "Greedy.delegate asks for what it is not given: region",
        ),
        wrong(
            "nobody is offered",
            "async with wool.WorkerPool(size=1, loadbalancer=Nobody()): await add(1, 2)",
            "NoWorkersAvailable",
            "no worker that the load balancer offered took the task",
        ),
        wrong(
            "something else is offered",
            "async with wool.WorkerPool(size=1, loadbalancer=Stranger()): await add(1, 2)",
            "TypeError",
            "Stranger.delegate yielded 50051; it yields workers: (metadata, connection), metadata or uid",
        ),
        wrong(
            "more is offered once the task is taken",
            "async with wool.WorkerPool(size=1, loadbalancer=Twice()): await add(1, 2)",
            "RuntimeError",
            "Twice.delegate yielded 'another' after a worker had taken the task",
            "it must end once it is told so",
        ),
        wrong(
            "a key that cannot be called",
            'StickyLoadBalancer(key="user")',
            "TypeError",
            "key must be a callable that takes the task, not 'user'",
        ),
        wrong(
            "a key that fails",
            'async with wool.WorkerPool(size=1, loadbalancer=StickyLoadBalancer(key=lambda task: task.kwargs["user"])): await add(1, 2)',
            "WoolError",
            "the key of StickyLoadBalancer failed for",
            "KeyError: 'user'",
        ),
        wrong(
            "a key that is no key",
            "async with wool.WorkerPool(size=1, loadbalancer=StickyLoadBalancer(key=lambda task: task.args)): await add(1, 2)",
            "TypeError",
            "the key of StickyLoadBalancer must return str, bytes or int, not tuple",
        ),
    ),
)

ADMISSION = Area(
    title="Admission",
    given="""\
from functools import partial

from wool_common.hooks import MaxLoopLag, MaxMemory, MaxTasks
""",
    mistakes=(
        wrong("room for nothing", "MaxTasks(0)", "ValueError", "n must be 1 or more, not 0"),
        wrong(
            "room for half a task",
            "MaxTasks(1.5)",
            "TypeError",
            "n must be a whole number of tasks, not 1.5",
        ),
        wrong(
            "percent in place of a share",
            "MaxMemory(80)",
            "ValueError",
            "fraction must be above 0 and at most 1, not 80",
        ),
        wrong(
            "a share as a text",
            'MaxMemory("80%")',
            "TypeError",
            "fraction must be a number, not '80%'",
        ),
        wrong("never late", "MaxLoopLag(0)", "ValueError", "seconds must be above 0, not 0"),
        wrong(
            "a reason that is no word",
            "wool.Refusal(429)",
            "TypeError",
            "reason is a short word, not 429",
        ),
        wrong(
            "later, less than no time",
            'wool.Refusal("busy", retry_after=-1)',
            "ValueError",
            "retry_after is a number of seconds, 0 or more, not -1",
        ),
        wrong(
            "a hook that takes nothing",
            "async with wool.WorkerPool(size=1, worker=partial(wool.LocalWorker, backpressure=lambda: False)): await add(1, 2)",
            "NoWorkersAvailable",
            "the worker's backpressure hook raised TypeError",
        ),
        wrong(
            "a hook that refuses everything",
            "async with wool.WorkerPool(size=1, worker=partial(wool.LocalWorker, backpressure=lambda context: True)): await add(1, 2)",
            "NoWorkersAvailable",
            "the worker's backpressure hook refused the task",
        ),
        wrong(
            "a hook that answers something else",
            'async with wool.WorkerPool(size=1, worker=partial(wool.LocalWorker, backpressure=lambda context: "no")): await add(1, 2)',
            "NoWorkersAvailable",
            "a hook answers True, False or a Refusal, not 'no'",
        ),
    ),
)
