"""What cannot cross to a worker, or back, is an error that names it, for its caller alone."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fault_routines import echo, give_lock, give_stranger, raise_stranger, yield_lock
from waits import full

import wool

BESIDE = 16


@pytest.fixture
async def pool() -> AsyncGenerator[wool.WorkerPool]:
    """Have an open pool whose workers outlive the test's faults."""
    async with wool.WorkerPool(size=1) as pool:
        before = await full(pool, 1)
        yield pool
        assert await pool.run(echo, "still here") == "still here"
        assert pool.workers == before


@pytest.fixture
def missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Be a module that this process has imported and workers cannot find."""
    text = "import wool\nclass Thing: pass\n@wool.routine\nasync def missing(): pass\n"
    (tmp_path / "not_on_workers.py").write_text(text)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield importlib.import_module("not_on_workers")
    del sys.modules["not_on_workers"]


@pytest.fixture
def forgotten(missing: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Be a module like *missing*, whose folder workers are not told of."""
    monkeypatch.setattr(
        sys, "path", [p for p in sys.path if p != str(Path(str(missing.__file__)).parent)]
    )
    return missing


async def test_an_argument_is_named(pool: wool.WorkerPool) -> None:
    """The error says where in the arguments the culprit is; callers beside are not disturbed."""
    beside = [asyncio.create_task(pool.run(echo, n)) for n in range(BESIDE)]

    with pytest.raises(wool.SerializationError, match="lock") as caught:
        await pool.run(echo, {"deep": [1, threading.Lock()]})

    assert caught.value.path == "args[0]['deep'][1]"
    assert await asyncio.gather(*beside) == list(range(BESIDE))


async def test_a_result_is_named(pool: wool.WorkerPool) -> None:
    """The error says where in the result the culprit is."""
    with pytest.raises(wool.SerializationError, match="lock") as caught:
        await pool.run(give_lock)

    assert caught.value.path == "result['inside'][0]"


async def test_a_yielded_value_is_named(pool: wool.WorkerPool) -> None:
    """The values before are had; the step of the culprit raises."""
    values = pool.run(yield_lock)

    assert await anext(values) == 1
    with pytest.raises(wool.SerializationError, match="lock") as caught:
        await anext(values)
    assert caught.value.path == "yielded"


async def test_a_module_that_workers_lack_is_named(forgotten: ModuleType) -> None:
    """The error has the module, the worker, and what to do, for callables and values alike."""
    async with wool.WorkerPool(size=1) as pool:
        (worker,) = await full(pool, 1)

        for call in (forgotten.missing(), echo(forgotten.Thing())):
            with pytest.raises(ModuleNotFoundError, match=r"install it .* PYTHONPATH") as caught:
                await call
            assert caught.value.name == "not_on_workers"
            assert worker.uid in str(caught.value)

        assert await echo(1) == 1


async def test_a_module_that_the_caller_lacks_is_named(pool: wool.WorkerPool) -> None:
    """A result of a class that is known on the worker alone is an error here."""
    with pytest.raises(ModuleNotFoundError, match="only_on_the_worker"):
        await pool.run(give_stranger)


async def test_an_exception_that_cannot_be_made_again_is_told(pool: wool.WorkerPool) -> None:
    """A stand-in tells class and text of the exception, and has the worker's traceback."""
    with pytest.raises(wool.SerializationError, match="only_on_the_worker") as caught:
        await pool.run(raise_stranger)

    assert "a and b" in str(caught.value)
    assert isinstance(caught.value.__cause__, wool.TaskException)
    assert "raise_stranger" in str(caught.value.__cause__)
