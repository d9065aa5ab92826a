"""Turn what an application gives, however it is made, into the object that is wanted."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
)
from typing import Any, Final, TypeAlias, TypeGuard, TypeVar, Union, cast

from wool.runtime.worker.factory import taken

T = TypeVar("T")

# Union, for what follows is an expression and the aliases have a parameter.
Made: TypeAlias = Union[  # noqa: UP007
    T, Awaitable[T], AbstractContextManager[T], AbstractAsyncContextManager[T]
]
Factory: TypeAlias = Union[Made[T], Callable[..., Made[T]]]  # noqa: UP007
"""An object, or any way to get one: a class, a callable, an awaitable, a context manager."""

STEPS: Final = 3
"""From a callable over an awaitable to the object; whatever needs more does not end."""

Check: TypeAlias = Callable[[object], TypeGuard[T]]


@asynccontextmanager
async def resolved(
    thing: Factory[T],
    *,
    check: Check[T],
    name: str,
    offered: Mapping[str, object] | None = None,
    wants: str = "",
) -> AsyncGenerator[T]:
    """
    Get from *thing* what *check* accepts, for as long as the block lasts.

    A class or callable gets those of the *offered* keywords that its signature takes. What
    is a context manager is entered, also where it is what was wanted; what a context
    manager gives is taken as it is. All is left in reverse order.

    Raises:
        TypeError: it leads to something else; the text names the argument *name*, and what
            it *wants*.
    """
    async with AsyncExitStack() as stack:
        yield await _follow(thing, stack, check, _Argument(name, wants), offered or {})


def checked_factory(thing: object, *, check: Check[object], name: str, wants: str = "") -> None:
    """
    Refuse what can be told at once to be no way to get what *check* accepts.

    Raises:
        TypeError: the text names the argument *name*, and what it *wants*.
    """
    if isinstance(thing, type) or check(thing):
        return
    if not (_is_awaitable(thing) or _is_entered(thing) or callable(thing)):
        raise _Argument(name, wants).error(thing, thing)


class _Argument:
    """An argument of which something is wanted."""

    def __init__(self, name: str, wants: str) -> None:
        self._name = name
        self._wants = wants or f"what {name} stands for"

    def error(self, given: object, got: object) -> TypeError:
        came = "" if got is given else f", and {_called(given)} led to {_called(got)}"
        return TypeError(
            f"{self._name} must be {self._wants}, or a class, callable, awaitable or context"
            f" manager that gives one, not {_called(given)}{came}"
        )

    def call(self, factory: Callable[..., object], offered: Mapping[str, object]) -> object:
        keywords = taken(factory, offered)
        try:
            inspect.signature(factory).bind(**keywords)
        except TypeError as exc:
            offers = ", ".join(offered) or "nothing"
            raise TypeError(
                f"{self._name}={_called(factory)} cannot be called: {exc}; it is offered {offers}"
            ) from None
        except ValueError:
            pass  # some of what is written in C does not tell
        return factory(**keywords)


async def _follow(
    thing: object,
    stack: AsyncExitStack,
    check: Check[T],
    argument: _Argument,
    offered: Mapping[str, object],
) -> T:
    got = thing
    for _ in range(STEPS):
        # A class has its instances' attributes, so a check may take it for one of them.
        if not isinstance(got, type) and check(got):
            entered = await _enter(got, stack) if _is_entered(got) else got
            return entered if check(entered) else got
        if _is_awaitable(got):
            got = await got
        elif _is_entered(got):
            got = await _enter(got, stack)
            if not isinstance(got, type) and check(got):
                return got
            break
        elif callable(got):
            got = argument.call(got, offered)
        else:
            break
    if not isinstance(got, type) and not _is_entered(got) and check(got):
        return got
    raise argument.error(thing, got)


def _is_awaitable(thing: object) -> TypeGuard[Awaitable[object]]:
    return not isinstance(thing, type) and inspect.isawaitable(thing)


def _is_entered(thing: object) -> bool:
    kind = type(thing)
    return hasattr(kind, "__aenter__") or hasattr(kind, "__enter__")


async def _enter(thing: object, stack: AsyncExitStack) -> object:
    if hasattr(type(thing), "__aenter__"):
        return await stack.enter_async_context(cast(AbstractAsyncContextManager[Any], thing))
    return stack.enter_context(cast(AbstractContextManager[Any], thing))


def _called(thing: object) -> str:
    text = repr(thing)
    return text if len(text) <= 80 else f"{text[:77]}..."
