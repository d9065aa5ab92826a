"""Dispatch a task that was made elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from wool.runtime.context import Stepped
from wool.runtime.loadbalancer.form import Form
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.routine.ends import fail
from wool.runtime.routine.options import DEFAULT
from wool.runtime.routine.order import order_of
from wool.runtime.routine.placement import accepted
from wool.runtime.routine.placing import placement_for
from wool.runtime.routine.relay import Relay
from wool.runtime.routine.results import results_of
from wool.runtime.routine.watched import WatchedSteps, failing
from wool.runtime.worker.calls import Lost
from wool.runtime.worker.gateway import Proxy
from wool_common import frames as f


async def dispatched(
    proxy: Proxy, task: PlacedTask, limit: float | None
) -> AsyncGenerator[object, object]:
    """
    Have a worker of *proxy*'s pool accept *task* within *limit* seconds; return its results.

    Raises:
        NoWorkersAvailable: no worker took it.
        WorkerLost: it may have run, and nothing more is known.
    """
    caller = proxy.caller()
    order = order_of(caller, task)
    if limit is not None:
        order = order._replace(dispatch_timeout=limit)
    args, kwargs = task.args, dict(task.kwargs)
    if proxy.form is Form.DISPATCH:
        relay = Relay(proxy, order, task.callable, args, kwargs, DEFAULT)
        return _relayed(relay if order.watched is None else WatchedSteps(relay, order.watched))
    placement = placement_for(proxy, order, DEFAULT, task.callable, args, kwargs)
    with failing(order.watched, placement):
        while True:
            call = await placement.submit(caller)
            await accepted(call, placement)
            member, end = placement.member, call.end
            assert member is not None
            if end is not None and placement.failed(end):
                continue
            if isinstance(end, Lost | f.Refused):
                await fail(end, member)
            return results_of(call, member)


async def _relayed(steps: Stepped) -> AsyncGenerator[object, object]:
    """Yield what the balancer, which dispatches by itself, passes on."""
    try:
        value = await steps.first()
        while True:
            yield value
            value = await steps.following()
    except StopAsyncIteration:
        return
    finally:
        await steps.aclose()
