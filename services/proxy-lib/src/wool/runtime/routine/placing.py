"""Choose how a worker is sought, by how the pool's balancer was written."""

from __future__ import annotations

from collections.abc import Callable

from wool.runtime.routine.delegation import Delegation
from wool.runtime.routine.options import DispatchOptions
from wool.runtime.routine.order import placed_task
from wool.runtime.routine.placement import Picking, Placement
from wool.runtime.worker.calls import Order
from wool.runtime.worker.gateway import Proxy


def placement_for(
    proxy: Proxy,
    order: Order,
    options: DispatchOptions,
    fn: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> Placement:
    """Return the search for a worker that takes *order*, a call of *fn*."""
    picker = proxy.picker
    if picker is not None:
        task = placed_task(order, fn, args, kwargs) if picker.needs_task else None
        return Picking(proxy, order, options, picker, task)
    return Delegation(proxy, order, options, placed_task(order, fn, args, kwargs))
