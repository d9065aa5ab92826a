"""Run an async generator on a worker that is sought for it."""

from __future__ import annotations

from collections.abc import Callable

from wool.runtime.context import Stepped
from wool.runtime.loadbalancer.form import Form
from wool.runtime.routine.options import DispatchOptions
from wool.runtime.routine.order import order_for
from wool.runtime.routine.placement import Placement, accepted
from wool.runtime.routine.placing import placement_for
from wool.runtime.routine.relay import Relay
from wool.runtime.routine.steps import Steps
from wool.runtime.routine.watched import WatchedSteps
from wool.runtime.worker.calls import Order
from wool.runtime.worker.gateway import Proxy


class PlacedSteps(Steps):
    """One remote async generator, for which a worker is sought; nothing is sent before `first`."""

    def __init__(self, order: Order, placement: Placement, proxy: Proxy, prefetch: int) -> None:
        super().__init__(None, None, prefetch)
        self._order = order
        self._placement = placement
        self._caller = proxy.caller()

    async def first(self) -> object:
        """Send the task and return the generator's first value."""
        placement = self._placement
        while True:
            call = self._call = await placement.submit(self._caller)
            self.member = placement.member
            self._begin(call)
            if self._order.dispatch_timeout is not None:
                await accepted(call, placement)
            await self._wait(call)
            if call.end is None or call.heard or not placement.failed(call.end):
                return await self._outcome(call)


def steps_for(
    proxy: Proxy,
    fn: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    options: DispatchOptions,
) -> Stepped:
    """Return the steps of the async generator function *fn* on a worker of *proxy*'s pool."""
    order = order_for(proxy.caller(), fn, args, kwargs, options, stream=True)
    if proxy.form is Form.DISPATCH:
        steps = Relay(proxy, order, fn, args, kwargs, options)
    else:
        placement = placement_for(proxy, order, options, fn, args, kwargs)
        steps = PlacedSteps(order, placement, proxy, options.prefetch)
    watched = order.watched
    return steps if watched is None else WatchedSteps(steps, watched)
