"""Pools that the suites share, and the ways to run a generator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from ways import WAYS, Way

import wool
from wool.testing import inline


@asynccontextmanager
async def kept(pool: wool.WorkerPool) -> AsyncGenerator[wool.WorkerPool]:
    """Keep *pool* open in a task of its own, so that it is not the active one here."""
    opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def keep() -> None:
        try:
            async with pool:
                opened.set_result(None)
                await over.wait()
        except BaseException as exc:
            if opened.done():
                raise
            opened.set_exception(exc)

    keeping = asyncio.create_task(keep())
    await opened
    yield pool
    over.set()
    await keeping


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one() -> AsyncGenerator[wool.WorkerPool]:
    """Return the pool of one worker."""
    async with kept(wool.WorkerPool(size=1)) as pool:
        yield pool


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def two() -> AsyncGenerator[wool.WorkerPool]:
    """Return the pool of two workers."""
    async with kept(wool.WorkerPool("pair", size=2)) as pool:
        yield pool


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def three() -> AsyncGenerator[wool.WorkerPool]:
    """Return the pool of three workers."""
    async with kept(wool.WorkerPool(size=3)) as pool:
        yield pool


@pytest.fixture(scope="session", params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    """Return one way to run routines: plainly here, in place, on one worker, on two."""
    match request.param:
        case "local":
            return Way(None)
        case "inline":
            return Way(inline())
        case name:
            return Way(request.getfixturevalue(name))


@pytest.fixture
def log(tmp_path: Path) -> str:
    """Return the name of a file in which routines leave notes."""
    return str(tmp_path / "log")
