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
from wool_common.pickling.callables import Definition
from wool_common.pickling.values import Pickled, dump
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
    key, definition = os.urandom(16), caller.cache.define(fn)
    arguments = dump((args, kwargs), exceptions=True, root="call")
    headers = f.NO_HEADERS if parent is None else parent.onward()
    watched: Dispatch | None = None
    if listener is not None:
        watched, headers = _watched(listener, begun, key, definition, arguments, headers)
    return Order(
        key,
        definition,
        arguments,
        b"" if parent is None else parent.key,
        timeout,
        dispatch_timeout(),
        stream,
        headers,
        watched,
    )


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
    definition = caller.cache.define(task.callable)
    arguments = dump((task.args, dict(task.kwargs)), exceptions=True, root="call")
    watched, headers = None, task.headers
    if listener is not None:
        watched, headers = _watched(listener, begun, task.key, definition, arguments, headers)
    return Order(
        task.key,
        definition,
        arguments,
        task.caller_key,
        None if task.deadline is None else task.deadline.remaining(),
        task.dispatch_timeout,
        is_stream(task.callable),
        headers,
        watched,
    )


def _watched(
    listener: Listener,
    begun: float,
    key: bytes,
    definition: Definition,
    arguments: Pickled,
    headers: Mapping[str, str],
) -> tuple[Dispatch, Mapping[str, str]]:
    """Return what notes the dispatch, and the headers that *listener* wants to travel along."""
    size = len(arguments) if type(arguments) is bytes else f.payload_size(arguments)
    watched = Dispatch(listener, begun, definition.tag, key, size)
    if listener.hears_begin:
        headers = listener.begun(watched, headers)
    return watched, headers


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
