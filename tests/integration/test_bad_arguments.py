"""Wrong arguments are told at once, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import call_routines as r
import pytest

import wool

pytestmark = pytest.mark.asyncio(loop_scope="session")

POOLS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"size": -1}, ValueError, "size"),
    ({"size": 1.5}, TypeError, "size"),
    ({"size": True}, TypeError, "size"),
    ({"size": "2"}, TypeError, "size"),
    ({"spawn": -1}, ValueError, "spawn"),
    ({"size": 1, "spawn": 1}, TypeError, "size and spawn"),
    ({"worker": 3}, TypeError, "worker"),
    ({"shutdown_timeout": 0}, ValueError, "shutdown_timeout"),
    ({"shutdown_timeout": -1.0}, ValueError, "shutdown_timeout"),
    ({"shutdown_timeout": "1"}, TypeError, "shutdown_timeout"),
    ({"shutdown_timeout": float("nan")}, ValueError, "shutdown_timeout"),
]


@pytest.mark.parametrize(("arguments", "error", "name"), POOLS, ids=str)
async def test_pools(arguments: dict[str, Any], error: type[Exception], name: str) -> None:
    """WorkerPool refuses at construction."""
    with pytest.raises(error, match=rf"\b{name}\b"):
        wool.WorkerPool(**arguments)


@pytest.mark.parametrize("tag", [1, "", None, b"x"], ids=repr)
async def test_tags_of_pools(tag: Any) -> None:
    """A tag is a non-empty string."""
    with pytest.raises(TypeError, match="tag"):
        wool.WorkerPool(tag)


OPTIONS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"timeout": 0}, ValueError, "timeout"),
    ({"timeout": -1}, ValueError, "timeout"),
    ({"timeout": float("nan")}, ValueError, "timeout"),
    ({"timeout": "1"}, TypeError, "timeout"),
    ({"timeout": True}, TypeError, "timeout"),
    ({"tags": [1]}, TypeError, "tag"),
    ({"tags": 1}, TypeError, "tags"),
    ({"tags": ""}, TypeError, "tag"),
    ({"prefetch": -1}, ValueError, "prefetch"),
    ({"prefetch": 1.0}, TypeError, "prefetch"),
    ({"prefetch": True}, TypeError, "prefetch"),
]


@pytest.mark.parametrize(("arguments", "error", "name"), OPTIONS, ids=str)
async def test_options(arguments: dict[str, Any], error: type[Exception], name: str) -> None:
    """`routine(...)` and `options(...)` refuse alike."""
    with pytest.raises(error, match=rf"\b{name}\b"):
        wool.routine(**arguments)
    with pytest.raises(error, match=rf"\b{name}\b"):
        r.square.options(**arguments)


async def test_the_worker_option() -> None:
    """`worker` is what a worker is known by, or its id."""
    with pytest.raises(TypeError, match="worker"):
        r.square.options(worker=3)  # pyright: ignore[reportArgumentType]


async def test_an_option_that_is_none() -> None:
    """The error names what was given."""
    with pytest.raises(TypeError, match="colour"):
        r.square.options(colour="red")  # pyright: ignore[reportCallIssue]


def plain() -> None:
    """Be no routine."""


def yielding() -> Any:
    """Be no routine either."""
    yield 1


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        (plain, "plain, which is not async"),
        (yielding, "the generator function yielding"),
        (r.Point, "the class Point"),
        (lambda: None, "<lambda>"),
        (3, "3"),
        (staticmethod(plain), "plain"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_what_is_no_routine(thing: Any, told: str) -> None:
    """`@wool.routine` says what it was put on."""
    with pytest.raises(TypeError, match=rf"@wool\.routine goes on .*{told}"):
        wool.routine(thing)


@pytest.mark.parametrize("value", [0, -1, float("nan"), "1", True], ids=repr)
async def test_dispatch_timeouts(value: Any) -> None:
    """A RuntimeContext refuses what is no time."""
    with pytest.raises((TypeError, ValueError), match="dispatch_timeout"):
        wool.RuntimeContext(dispatch_timeout=value)


async def test_a_runtime_context_is_used_once() -> None:
    """A second `with` is a RuntimeError."""
    context = wool.RuntimeContext(dispatch_timeout=1)
    with context:
        pass

    with pytest.raises(RuntimeError, match="used once"), context:
        pass


@pytest.mark.parametrize("use", ["run", "broadcast"])
async def test_only_routines_run_on_a_pool(one: wool.WorkerPool, use: str) -> None:
    """The text tells what to do."""
    how: Callable[..., Any] = getattr(one, use)
    for thing in (r.undecorated, plain, 3):
        with pytest.raises(
            TypeError, match=r"only a routine can run on a pool; put @wool\.routine"
        ):
            await how(thing)


@pytest.mark.parametrize(
    ("limit", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError)]
)
async def test_limits(one: wool.WorkerPool, limit: Any, error: type[Exception]) -> None:
    """`map` and `gather` refuse a limit that is none, and leave no coroutine unawaited."""
    with one.active():
        with pytest.raises(error, match="limit"):
            wool.map(r.square, [1], limit=limit)
        with pytest.raises(error, match="limit"):
            await wool.gather(r.square(1), limit=limit)


async def test_map_needs_something_to_iterate_over(one: wool.WorkerPool) -> None:
    """`map` refuses at the call, not at the first step."""
    with pytest.raises(TypeError, match="iterable"):
        wool.map(r.square)
    with pytest.raises(TypeError, match="iterable"):
        wool.map(r.square, 3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="routine"):
        wool.map(3, [1])  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="routine"):
        wool.map(r.stream, [1])  # pyright: ignore[reportArgumentType]


async def test_gather_needs_coroutines(one: wool.WorkerPool) -> None:
    """The text says what was given, and the coroutines beside it are closed."""
    with one.active(), pytest.raises(TypeError, match="calls"):
        await wool.gather(r.square(1), 3)  # pyright: ignore[reportArgumentType]
