"""The decorator that makes a function a routine."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast, overload

from wool.runtime.context import InPlace, active_proxy
from wool.runtime.routine.dispatch import run_call
from wool.runtime.routine.options import DEFAULT, DispatchOptions, merge
from wool.runtime.routine.streaming import steps_for
from wool.runtime.worker.gateway import Proxy
from wool_common.metadata import WorkerMetadata

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Q = ParamSpec("Q")
S = TypeVar("S")
T = TypeVar("T")

Find = Callable[[str], Proxy | InPlace]


class Routine(Protocol[P, R_co]):
    """An async function that runs on a worker of the active pool."""

    __name__: str
    __qualname__: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run on a worker; nothing is sent before the await, or the first iteration."""
        ...

    # As the binding of functions, in this order: a class method, a function of the class,
    # a method, a static method.
    @overload
    def __get__(
        self: Routine[Concatenate[type[T], Q], R], instance: T | None, owner: type[T], /
    ) -> Callable[Q, R]: ...
    @overload
    def __get__(self, instance: None, owner: type, /) -> Routine[P, R_co]: ...
    @overload
    def __get__(
        self: Routine[Concatenate[T, Q], R], instance: T, owner: type[T], /
    ) -> Callable[Q, R]: ...
    @overload
    def __get__(self, instance: object, owner: type, /) -> Routine[P, R_co]: ...

    @property
    def local(self) -> Callable[P, R_co]:
        """The undecorated function: runs right here."""
        ...

    def options(
        self,
        *,
        timeout: float | None = None,
        tags: Iterable[str] | str | None = None,
        worker: WorkerMetadata | str | None = None,
        prefetch: int | None = None,
    ) -> Routine[P, R_co]:
        """Return the same routine with other dispatch options."""
        ...


class Decorator(Protocol):
    """What `routine(...)` with options returns."""

    def __call__(self, fn: Callable[P, R], /) -> Routine[P, R]: ...


@overload
def routine(fn: Callable[P, Coroutine[Any, Any, R]], /) -> Routine[P, Coroutine[Any, Any, R]]: ...
@overload
def routine(fn: Callable[P, AsyncGenerator[R, S]], /) -> Routine[P, AsyncGenerator[R, S]]: ...
@overload
def routine(
    *,
    timeout: float | None = None,
    tags: Iterable[str] | str | None = None,
    prefetch: int | None = None,
) -> Decorator: ...
def routine(
    fn: object = None,
    /,
    *,
    timeout: float | None = None,
    tags: Iterable[str] | str | None = None,
    prefetch: int | None = None,
) -> object:
    """
    Make *fn*, a coroutine function or an async generator function, run on workers.

    Keeps its kind, name, signature and types. Also for methods, and in either order with
    `@classmethod` and `@staticmethod`. *timeout* (seconds), *tags* and *prefetch* are the
    defaults of every call; `options` changes them for one.

    Raises:
        TypeError: *fn* is neither.
    """
    options = merge(DEFAULT, timeout=timeout, tags=tags, prefetch=prefetch)
    if fn is None:
        return functools.partial(_decorate, options=options)
    return _decorate(fn, options)


def _decorate(fn: object, options: DispatchOptions) -> object:
    if isinstance(fn, classmethod | staticmethod):
        bound_to = cast(Any, fn)
        return type(bound_to)(_decorate(bound_to.__func__, options))
    if inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn):
        return rebuild(cast(Callable[..., Any], fn), options)
    raise TypeError(
        "@wool.routine goes on an `async def` function or an async generator function,"
        f" not on {_described(fn)}"
    )


def rebuild(
    fn: Callable[..., Any],
    options: DispatchOptions,
    find: Find = active_proxy,
) -> Callable[..., Any]:
    """Return *fn* as a routine that runs where *find* says; pickled routines come back by it."""
    raw = getattr(fn, "__wool_routine__", fn)
    make = _stream if inspect.isasyncgenfunction(raw) else _call
    wrapper: Any = make(raw, options, find)
    wrapper.__wool_routine__ = raw
    wrapper.__wool_options__ = options
    wrapper.local = raw

    def with_options(**changes: Any) -> Callable[..., Any]:
        return rebuild(raw, merge(options, **changes), find)

    wrapper.options = with_options
    return wrapper


def bound(
    routine: Callable[..., Any], proxy: Proxy | InPlace, **changes: Any
) -> Callable[..., Any]:
    """
    Return *routine* as one that runs on *proxy*, whichever pool is active.

    Raises:
        TypeError: it is not a routine.
    """
    raw = getattr(routine, "__wool_routine__", None)
    if raw is None:
        raise TypeError(f"only a routine can run on a pool; put @wool.routine on {routine!r}")
    options = merge(cast(Any, routine).__wool_options__, **changes)
    made = rebuild(raw, options, lambda name: proxy)
    owner = getattr(routine, "__self__", None)
    return made if owner is None else functools.partial(made, owner)


def _call(fn: Callable[..., Any], options: DispatchOptions, find: Find) -> Callable[..., Any]:
    name = fn.__qualname__

    @functools.wraps(fn)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        place = find(name)
        if isinstance(place, Proxy):
            return await run_call(place, wrapper, args, kwargs, options)
        return await place.call(wrapper, args, kwargs, options)

    return wrapper


def _stream(fn: Callable[..., Any], options: DispatchOptions, find: Find) -> Callable[..., Any]:
    name = fn.__qualname__

    @functools.wraps(fn)
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        place = find(name)
        if isinstance(place, Proxy):
            steps = steps_for(place, wrapper, args, kwargs, options)
        else:
            steps = place.steps(wrapper, args, kwargs, options)
        try:
            value = await steps.first()
            while True:
                thrown: BaseException | None = None
                sent: Any = None
                try:
                    sent = yield value
                except GeneratorExit:
                    raise
                except BaseException as exc:  # noqa: BLE001 - whatever is thrown in is for the generator
                    thrown = exc
                if thrown is not None:
                    value = await steps.throw(thrown)
                elif sent is None:
                    value = await steps.following()
                else:
                    value = await steps.send(sent)
        except StopAsyncIteration:
            return
        finally:
            await steps.aclose()

    return wrapper


def _described(fn: object) -> str:
    if inspect.isclass(fn):
        return f"the class {fn.__name__}"
    if inspect.isgeneratorfunction(fn):
        return f"the generator function {fn.__name__}"
    if inspect.isfunction(fn):
        return f"the function {fn.__qualname__}, which is not async"
    return f"{fn!r}"
