"""Let a balancer dispatch by itself, as balancers of old did."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

from wool.runtime.routine.attempts import Attempts
from wool.runtime.routine.options import DispatchOptions
from wool.runtime.routine.order import placed_task
from wool.runtime.routine.views import ChangeableView
from wool.runtime.worker.calls import Order
from wool.runtime.worker.gateway import Proxy
from wool.runtime.worker.peer import Peer
from wool_common.errors import NoWorkersAvailable


class Relay:
    """One task that a balancer dispatches, and the results that it passes on."""

    def __init__(
        self,
        proxy: Proxy,
        order: Order,
        fn: Callable[..., object],
        args: tuple[object, ...],
        kwargs: dict[str, object],
        options: DispatchOptions,
    ) -> None:
        self._proxy = proxy
        self._attempts = Attempts(proxy, order, options)
        self._task = placed_task(order, fn, args, kwargs)
        self._results: AsyncIterator[object] | None = None

    @property
    def member(self) -> Peer | None:
        """Where the task was sent last."""
        return self._attempts.member

    async def first(self) -> object:
        """
        Have the balancer dispatch the task, and return the first result.

        Raises:
            NoWorkersAvailable: there is none it could give the task to.
            TypeError: what the balancer returns cannot be iterated over.
        """
        if not self._attempts.admitted():
            await self._attempts.wait()
        balancer = cast(Any, self._proxy.balancer)
        view = ChangeableView(
            self._attempts,
            self._task,
            join=lambda worker: self._proxy.do(lambda: self._proxy.join(worker)),
            evict=lambda uid: self._proxy.evict_soon(uid, "its load balancer removed it"),
        )
        results = balancer.dispatch(self._task, context=view, timeout=self._attempts.remaining())
        if inspect.isawaitable(results):
            results = await results
        if not isinstance(results, AsyncIterator):
            if not hasattr(results, "__aiter__"):
                name = f"{type(balancer).__name__}.dispatch"
                raise TypeError(f"{name} must return an async iterator, not {results!r:.200}")
            results = aiter(results)
        self._results = cast("AsyncIterator[object]", results)
        try:
            return await anext(self._results)
        except NoWorkersAvailable as exc:
            if exc.attempts:
                raise
            raise self._attempts.given_up(exc.message) from exc

    async def only(self) -> object:
        """Return the one result of a coroutine function."""
        try:
            return await self.first()
        except StopAsyncIteration:
            name = f"{type(self._proxy.balancer).__name__}.dispatch"
            raise RuntimeError(f"{name} ended without a result") from None
        finally:
            await self.aclose()

    async def following(self) -> object:
        """Return the next value."""
        return await anext(self._open())

    async def send(self, value: object) -> object:
        """Resume the generator with *value* and return what it yields."""
        return await self._step("asend", value)

    async def throw(self, error: BaseException) -> object:
        """Resume the generator with *error* and return what it yields."""
        return await self._step("athrow", error)

    async def aclose(self) -> None:
        """Close what the balancer has returned, where that is possible."""
        close = getattr(self._results, "aclose", None)
        if close is not None:
            await close()

    async def _step(self, name: str, value: object) -> object:
        step = getattr(self._open(), name, None)
        if step is None:
            kind = type(self._proxy.balancer).__name__
            raise TypeError(f"{name} needs {kind}.dispatch to return an async generator")
        return await step(value)

    def _open(self) -> AsyncIterator[object]:
        assert self._results is not None
        return self._results
