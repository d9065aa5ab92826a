"""Which pool is active where a routine is called, and with which limits."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Final, Protocol

from wool.runtime.checks import checked_seconds
from wool_common.errors import NoActivePool
from wool_common.task import CURRENT_TASK

if TYPE_CHECKING:
    from wool.runtime.worker.gateway import Proxy
    from wool_common.metadata import WorkerMetadata


class Options(Protocol):
    """The part of a routine's dispatch options that a place of execution needs."""

    @property
    def timeout(self) -> float | None: ...

    @property
    def prefetch(self) -> int: ...

    def admits(self, worker: WorkerMetadata) -> bool: ...


class Stepped(Protocol):
    """One async generator, step by step; where it has returned, a step raises StopAsyncIteration."""

    async def first(self) -> object: ...

    async def following(self) -> object: ...

    async def send(self, value: object) -> object: ...

    async def throw(self, error: BaseException) -> object: ...

    async def aclose(self) -> None: ...


class InPlace(Protocol):
    """Runs routines where they are called; what can be active instead of a pool's proxy."""

    async def call(
        self,
        fn: Callable[..., object],
        args: tuple[object, ...],
        kwargs: dict[str, object],
        options: Options,
    ) -> object: ...

    def steps(
        self,
        fn: Callable[..., object],
        args: tuple[object, ...],
        kwargs: dict[str, object],
        options: Options,
    ) -> Stepped: ...


ACTIVE: Final[ContextVar[Proxy | InPlace | None]] = ContextVar("wool_active_proxy", default=None)
DISPATCH_TIMEOUT: Final[ContextVar[float | None]] = ContextVar(
    "wool_dispatch_timeout", default=None
)

HOW_TO = """{name} was called where no pool is open. Open one around the call:

    async with wool.WorkerPool():
        await {name}(...)

or, where the call happens in another task (a web handler, a fixture), keep the pool and say
`await pool.run({name}, ...)`. `{name}.local(...)` runs it right here."""


def active_proxy(name: str) -> Proxy | InPlace:
    """
    Return the proxy of the active pool.

    Raises:
        NoActivePool: none is open here; the text shows how to open one for *name*.
    """
    proxy = ACTIVE.get()
    if proxy is None:
        raise NoActivePool(HOW_TO.format(name=name))
    return proxy


@contextmanager
def activated(proxy: Proxy | InPlace) -> Generator[None]:
    """Make *proxy* the active one within this block."""
    token = ACTIVE.set(proxy)
    try:
        yield
    finally:
        ACTIVE.reset(token)


class RuntimeContext:
    """
    Limits for the calls made within a block; they travel along to nested calls.

    *dispatch_timeout*, in seconds, bounds finding a worker and being accepted by it, not
    the run; None inherits. Used once, as a context manager.
    """

    def __init__(self, *, dispatch_timeout: float | None = None) -> None:
        if dispatch_timeout is not None:
            checked_seconds("dispatch_timeout", dispatch_timeout)
        self.dispatch_timeout = dispatch_timeout
        self._token: Token[float | None] | None = None
        self._used = False

    @classmethod
    def get_current(cls) -> RuntimeContext:
        """Return the limits in force here."""
        return cls(dispatch_timeout=dispatch_timeout())

    def __enter__(self) -> RuntimeContext:
        if self._used:
            raise RuntimeError("a RuntimeContext is used once; make another one")
        self._used = True
        if self.dispatch_timeout is not None:
            self._token = DISPATCH_TIMEOUT.set(self.dispatch_timeout)
        return self

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            DISPATCH_TIMEOUT.reset(self._token)
            self._token = None


def dispatch_timeout() -> float | None:
    """Return the dispatch limit in force here: the block's, else the running task's."""
    timeout = DISPATCH_TIMEOUT.get()
    if timeout is None:
        task = CURRENT_TASK.get()
        return None if task is None else task.dispatch_timeout
    return timeout
