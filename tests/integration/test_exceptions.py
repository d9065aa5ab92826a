"""What a routine raises is what its caller gets."""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections.abc import Generator
from types import ModuleType
from typing import Any

import error_routines as e
import pytest

import wool

pytestmark = pytest.mark.asyncio(loop_scope="session")


def marks(error: BaseException) -> list[wool.TaskException]:
    """Return the TaskExceptions in the chain of causes of *error*."""
    found: list[wool.TaskException] = []
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, wool.TaskException):
            found.append(link)
        link = link.__cause__
    return found


def functions(error: BaseException) -> list[str]:
    """Return the names of the functions in the traceback of *error*."""
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


async def raised(call: Any) -> BaseException:
    """Return what awaiting *call* raises."""
    try:
        await call
    except BaseException as exc:  # noqa: BLE001 - whatever it is
        return exc
    raise AssertionError("nothing was raised")


# ── the same exception ────────────────────────────────────────────────────────


async def test_type_arguments_and_attributes_are_the_same(one: wool.WorkerPool) -> None:
    """An exception with an `__init__` of its own comes back whole."""
    with pytest.raises(e.Custom) as caught:
        await one.run(e.raising_anew, 0)

    assert type(caught.value) is e.Custom
    assert caught.value.args == ("code 7: seven",)
    assert (caught.value.code, caught.value.detail) == (7, "seven")
    assert str(caught.value) == "code 7: seven"


async def test_attributes_and_notes_set_later_come_along(one: wool.WorkerPool) -> None:
    """What was set on the exception, and its notes, are there."""
    with pytest.raises(e.Attributed, match="attributed") as caught:
        await one.run(e.raising_anew, 1)

    assert caught.value.extra == {"a": [1, 2]}
    assert caught.value.__notes__ == ["a note"]


async def test_exceptions_of_every_make(one: wool.WorkerPool) -> None:
    """Dataclasses, OSError with its file, UnicodeDecodeError with its bytes."""
    data = await raised(one.run(e.raising_anew, 2))
    key = await raised(one.run(e.raising_anew, 3))
    system = await raised(one.run(e.raising_anew, 4))
    unicode = await raised(one.run(e.raising_anew, 5))

    assert data == e.Data("data", 2)
    assert (type(key), key.args) == (KeyError, ("key",))
    assert isinstance(system, FileNotFoundError)
    assert (system.errno, system.filename) == (2, "/nowhere")
    assert isinstance(unicode, UnicodeDecodeError)
    assert (unicode.object, unicode.reason) == (b"\xff", "invalid start byte")


async def test_an_exception_given_and_raised(one: wool.WorkerPool) -> None:
    """One made by the caller comes back as another object, equal in all it holds."""
    error = e.Custom(3, detail="given")

    with pytest.raises(e.Custom) as caught:
        await one.run(e.raising, error)

    assert caught.value is not error
    assert (caught.value.code, caught.value.args) == (3, error.args)


async def test_exceptions_as_values_keep_their_traceback(one: wool.WorkerPool) -> None:
    """What was caught and is given on still tells where it came from."""
    caught = await raised(one.run(e.deep))

    error = await one.run(e.echo, caught)

    assert isinstance(error, ValueError)
    assert error is not caught
    assert functions(error)[-1] == "_level_two"
    assert len(marks(error)) == 1


async def test_exceptions_as_values(one: wool.WorkerPool) -> None:
    """An exception that is returned is a value; its class is the class."""
    error, kind = await one.run(e.returning_an_error)

    assert kind is e.Custom
    assert type(error) is e.Custom
    assert vars(error) == {"code": 1, "detail": "a value"}


# ── where it came from ────────────────────────────────────────────────────────


async def test_the_traceback_shows_the_remote_frames(one: wool.WorkerPool) -> None:
    """The last frames are the routine's own, with their lines."""
    with pytest.raises(ValueError, match="level two") as caught:
        await one.run(e.deep)

    assert functions(caught.value)[-3:] == ["deep", "_level_one", "_level_two"]
    text = "".join(traceback.format_exception(caught.value))
    assert 'raise ValueError("from level two")' in text
    assert "wool_worker" not in text


async def test_the_chain_of_causes_ends_in_a_task_exception(one: wool.WorkerPool) -> None:
    """It tells type, traceback, task and worker; there is one."""
    (worker,) = one.workers

    with pytest.raises(ValueError, match="level two") as caught:
        await one.run(e.deep)

    (mark,) = marks(caught.value)
    assert (mark.type, mark.worker) == ("ValueError", worker.uid)
    assert len(mark.task) == 36
    assert mark.traceback[0].startswith("Traceback")
    assert "_level_two" in str(mark)
    assert caught.value.__cause__ is mark


async def test_causes_and_contexts_come_along(one: wool.WorkerPool) -> None:
    """`raise from` and nested handlers are told as locally; the TaskException is at the end."""
    with pytest.raises(RuntimeError, match="the last one") as caught:
        await one.run(e.chained)

    cause = caught.value.__cause__
    assert isinstance(cause, LookupError)
    assert isinstance(cause.__context__, KeyError) or any(
        isinstance(mark.__context__, KeyError) for mark in marks(cause)
    )
    assert isinstance(cause.__cause__, wool.TaskException)
    assert cause.__cause__.type == "RuntimeError"


async def test_an_own_class_is_named_with_its_module(one: wool.WorkerPool) -> None:
    """`type` of the TaskException is the qualified name."""
    error = await raised(one.run(e.raising_anew, 0))

    assert marks(error)[0].type == "error_routines.Custom"


# ── groups ────────────────────────────────────────────────────────────────────


async def test_exception_groups_keep_their_members(one: wool.WorkerPool) -> None:
    """`except*` takes them apart by class."""
    values: list[str] = []
    codes: list[int] = []

    try:
        await one.run(e.grouped)
    except* ValueError as group:
        values = [str(error) for error in group.exceptions]
    except* e.Custom as group:
        codes = [error.code for error in group.exceptions if isinstance(error, e.Custom)]

    assert (values, codes) == (["one"], [2])


async def test_a_group_of_the_caller_s_own(two: wool.WorkerPool) -> None:
    """Remote failures within a local TaskGroup are its members."""
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.TaskGroup() as group:
            group.create_task(two.run(e.raising_anew, 0))

    assert caught.group_contains(e.Custom, match="code 7")


async def test_groups_through_two_workers(two: wool.WorkerPool) -> None:
    """Members that came from nested routines keep class and origin."""
    with pytest.raises(ExceptionGroup) as caught:
        await two.run(e.nested_group)

    members = caught.value.exceptions
    assert {type(member) for member in members} <= {e.Custom, KeyError}
    assert all(marks(member) for member in members)
    assert marks(caught.value)


# ── through several workers ───────────────────────────────────────────────────


async def test_an_error_passes_through_several_workers(two: wool.WorkerPool) -> None:
    """It is marked where it was raised, once, and shows every routine it passed."""
    with pytest.raises(e.Custom) as caught:
        await two.run(e.relaying, 3)

    assert caught.value.code == 0
    assert len(marks(caught.value)) == 1
    assert functions(caught.value).count("relaying") == 4


async def test_an_error_of_its_own_from_a_nested_one(two: wool.WorkerPool) -> None:
    """The chain tells both."""
    with pytest.raises(LookupError, match="wrapped") as caught:
        await two.run(e.wrapping)

    assert isinstance(caught.value.__cause__, e.Custom)
    assert marks(caught.value)[-1].type == "error_routines.Custom"


async def test_routines_catch_each_other_s_errors(two: wool.WorkerPool) -> None:
    """`except` by class works on workers too."""
    assert await two.run(e.catching) == "0 at the bottom"


# ── what cannot cross ─────────────────────────────────────────────────────────


async def test_an_argument_that_cannot_be_pickled(one: wool.WorkerPool) -> None:
    """The path names it; nothing is sent."""
    with pytest.raises(wool.SerializationError) as caught:
        await one.run(e.echo, {"a": [1, threading.Lock()]})

    assert caught.value.path == "args[0]['a'][1]"
    assert "lock" in str(caught.value)


async def test_a_captured_value_that_cannot_be_pickled(one: wool.WorkerPool) -> None:
    """A closure's cell is named."""
    lock = threading.Lock()

    @wool.routine
    async def locked() -> bool:
        return lock.locked()

    with pytest.raises(wool.SerializationError, match="lock"):
        await one.run(locked)


async def test_a_result_that_cannot_be_pickled(one: wool.WorkerPool) -> None:
    """The error comes from the worker, so it is marked."""
    with pytest.raises(wool.SerializationError) as caught:
        await one.run(e.returning_a_lock)

    assert caught.value.path == "result['lock']"
    assert marks(caught.value)


async def test_an_exception_that_holds_what_cannot_be_pickled(one: wool.WorkerPool) -> None:
    """It comes back without that, with a note that tells."""
    with pytest.raises(e.Locked, match="held") as caught:
        await one.run(e.raising_anew, 7)

    assert caught.value.text == "held"
    assert not hasattr(caught.value, "lock")
    assert "'lock' could not be pickled" in caught.value.__notes__[0]


async def test_an_exception_that_refuses_to_be_unpickled(one: wool.WorkerPool) -> None:
    """It is made of its class and its arguments all the same."""
    with pytest.raises(e.Refusing, match="text of it") as caught:
        await one.run(e.raising_anew, 6)

    assert marks(caught.value)[0].type == "error_routines.Refusing"


async def test_an_exception_whose_class_is_not_here(one: wool.WorkerPool) -> None:
    """A SerializationError tells its class, its text and why; its traceback is kept."""
    with pytest.raises(wool.SerializationError) as caught:
        await one.run(e.raising_what_only_the_worker_knows)

    text = str(caught.value)
    for told in ("Ghost", "only_on_the_worker", "text of it", "ModuleNotFoundError"):
        assert told in text
    assert marks(caught.value)[0].type == "only_on_the_worker.Ghost"
    assert functions(caught.value)[-1] == "raising_what_only_the_worker_knows"


async def test_an_argument_that_cannot_be_unpickled(one: wool.WorkerPool) -> None:
    """The worker says what went wrong, and goes on."""
    with pytest.raises(wool.SerializationError, match="cannot be rebuilt") as caught:
        await one.run(e.echo, [e.Unreadable()])

    (worker,) = one.workers
    assert worker.uid in str(caught.value)
    assert await one.run(e.echo, 1) == 1


@pytest.fixture
def only_here() -> Generator[ModuleType]:
    """Return a module that no worker can import, with a function and a routine."""
    module = ModuleType("only_here")
    sys.modules["only_here"] = module
    code = "import wool\ndef plain(): return 1\n@wool.routine\nasync def routine(): return 1\n"
    exec(code, vars(module))
    yield module
    del sys.modules["only_here"]


@pytest.mark.parametrize("what", ["argument", "routine"])
async def test_a_module_missing_on_the_worker(
    one: wool.WorkerPool, only_here: ModuleType, what: str
) -> None:
    """The error names the module, the worker and what to do."""
    (worker,) = one.workers
    there: dict[str, Any] = vars(only_here)
    routine, args = (e.echo, [there["plain"]]) if what == "argument" else (there["routine"], [])

    with pytest.raises(ModuleNotFoundError) as caught:
        await one.run(routine, *args)

    assert caught.value.name == "only_here"
    for told in ("'only_here'", worker.uid, "install it", "PYTHONPATH"):
        assert told in str(caught.value)
    assert await one.run(e.echo, 1) == 1


# ── what is no Exception ──────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
async def test_exits_come_to_the_caller(one: wool.WorkerPool, kind: type[BaseException]) -> None:
    """They end neither the worker nor anything else."""
    (worker,) = one.workers

    error = await raised(one.run(e.raising, kind(3)))

    assert type(error) is kind
    assert error.args == (3,)
    assert await one.run(e.echo, 1) == 1
    assert one.workers == (worker,)


async def test_sys_exit_keeps_its_code(one: wool.WorkerPool) -> None:
    """`sys.exit` in a routine is SystemExit for the caller."""
    with pytest.raises(SystemExit) as caught:
        await one.run(e.exits)

    assert caught.value.code == "a message"


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
async def test_exits_in_tasks_of_a_routine(two: wool.WorkerPool, kind: type[BaseException]) -> None:
    """One that reaches the worker's loop through a task does not end the loop."""
    workers = two.workers

    error = await raised(two.run(e.exiting_in_a_group, kind))

    assert type(error) is kind
    assert [await two.run(e.echo, number) for number in range(4)] == [0, 1, 2, 3]
    assert two.workers == workers


async def test_a_cancelled_error_of_its_own(one: wool.WorkerPool) -> None:
    """A routine may raise CancelledError, or cancel itself, without being cancelled."""
    given = await raised(one.run(e.raising, asyncio.CancelledError("mine")))
    made = await raised(one.run(e.cancelling_itself))

    for error, text in ((given, "mine"), (made, "by itself")):
        assert type(error) is asyncio.CancelledError
        assert error.args == (text,)
    assert await one.run(e.echo, 1) == 1


async def test_stop_iteration_is_a_runtime_error(one: wool.WorkerPool) -> None:
    """As in every coroutine; StopAsyncIteration passes, as in every coroutine."""
    with pytest.raises(RuntimeError, match="coroutine raised StopIteration"):
        await one.run(e.raising, StopIteration("x"))
    with pytest.raises(StopAsyncIteration, match="x"):
        await one.run(e.raising, StopAsyncIteration("x"))


async def test_running_out_of_stack(one: wool.WorkerPool) -> None:
    """A RecursionError crosses, its middle frames left out."""
    with pytest.raises(RecursionError) as caught:
        await one.run(e.recursing)

    assert len(functions(caught.value)) < 300


async def test_generators_fail_alike(one: wool.WorkerPool) -> None:
    """A generator's error is marked and has its attributes."""
    generator = one.run(e.streaming, e.Custom(5, detail="streamed"))
    await anext(generator)

    with pytest.raises(e.Custom) as caught:
        await anext(generator)

    assert (caught.value.code, len(marks(caught.value))) == (5, 1)
    assert functions(caught.value)[-1] == "streaming"
