"""Make the request for one task from a call, and back."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import cast

from wool.runtime.context import dispatch_timeout
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.routine.options import DispatchOptions
from wool.runtime.worker.calls import Caller, Order
from wool_common import frames as f
from wool_common.deadline import Deadline
from wool_common.pickling.values import dump
from wool_common.task import CURRENT_TASK
from wool_common.watching import WATCHING, Dispatch, Listener


def order_for(
    caller: Caller,
    fn: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    options: DispatchOptions,
    *,
    stream: bool,
) -> Order:
    """Return what is to be run; pickles the arguments once, whatever happens after."""
    listener = WATCHING.listener
    begun = 0.0 if listener is None else perf_counter()
    parent = CURRENT_TASK.get()
    timeout = options.timeout
    if parent is not None and parent.deadline is not None:
        left = parent.deadline.remaining()
        timeout = left if timeout is None else min(left, timeout)
    order = Order(
        os.urandom(16),
        caller.cache.define(fn),
        dump((args, kwargs), exceptions=True, root="call"),
        b"" if parent is None else parent.key,
        timeout,
        dispatch_timeout(),
        stream,
        f.NO_HEADERS if parent is None else parent.headers,
    )
    return order if listener is None else _watched(order, listener, begun)


def order_of(caller: Caller, task: PlacedTask) -> Order:
    """
    Return the request that *task* stands for.

    Raises:
        TypeError: it is no task with a function and its arguments.
    """
    if not isinstance(cast(object, task), PlacedTask):
        raise TypeError(
            f"a task to dispatch has a callable and its arguments, as `context.task` of a"
            f" load balancer; this is {task!r:.200}"
        )
    listener = WATCHING.listener
    begun = 0.0 if listener is None else perf_counter()
    order = Order(
        task.key,
        caller.cache.define(task.callable),
        dump((task.args, dict(task.kwargs)), exceptions=True, root="call"),
        task.caller_key,
        None if task.deadline is None else task.deadline.remaining(),
        task.dispatch_timeout,
        is_stream(task.callable),
        task.headers,
    )
    return order if listener is None else _watched(order, listener, begun)


def _watched(order: Order, listener: Listener, begun: float) -> Order:
    """Return *order*, watched by *listener*, with the headers that it wants to travel along."""
    size = f.payload_size(order.arguments)
    watched = Dispatch(listener, begun, order.definition.tag, order.id, size)
    headers = order.headers
    if listener.hears_begin:
        headers = listener.begun(watched, headers)
    return Order(
        order.id,
        order.definition,
        order.arguments,
        order.caller,
        order.timeout,
        order.dispatch_timeout,
        order.stream,
        headers,
        watched,
    )


def placed_task(
    order: Order,
    fn: Callable[..., object],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
) -> PlacedTask:
    """Return the task of *order* as a load balancer sees it."""
    return PlacedTask(
        key=order.id,
        tag=order.definition.tag,
        caller_key=order.caller,
        deadline=None if order.timeout is None else Deadline.after(order.timeout),
        dispatch_timeout=order.dispatch_timeout,
        headers=order.headers,
        callable=cast("Callable[..., object]", getattr(fn, "__wool_routine__", fn)),
        args=args,
        kwargs=kwargs,
    )


def is_stream(fn: Callable[..., object]) -> bool:
    """Tell whether *fn*, or the function behind it, is an async generator function."""
    return inspect.isasyncgenfunction(getattr(fn, "__wool_routine__", fn))
