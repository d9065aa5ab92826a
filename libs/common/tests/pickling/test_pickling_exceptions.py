"""Exceptions cross with all that hangs on them."""

from __future__ import annotations

import asyncio
import json
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from pickling_link import Peer
from pickling_samples import Picky, Unpicklable

from wool_common.errors import (
    NoWorkersAvailable,
    SerializationError,
    StatusCode,
    TaskException,
    WorkerBusy,
)
from wool_common.pickling.exceptions import dump_exception, revive
from wool_common.pickling.values import Parcel, dump, load


def raised(fn: Callable[[], object]) -> BaseException:
    """Return what *fn* raises."""
    try:
        fn()
    except BaseException as error:  # noqa: BLE001 - any will do
        return error
    raise AssertionError("nothing was raised")


def send(error: BaseException, *, worker: str = "worker-1") -> BaseException:
    """Return *error* as another process would get it."""
    data = dump_exception(error, task="task-1", worker=worker)
    assert isinstance(data, bytes)
    return revive(load(data))


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


class Coded(Exception):
    """Hands something else to its base than it is given."""

    def __init__(self, code: int) -> None:
        super().__init__(f"failed with {code}")
        self.code = code


class Reduced(Exception):
    """Knows how to be pickled."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__("text")
        self.both = a, b

    def __reduce__(self) -> Any:
        return Reduced, self.both


class Exit(SystemExit):
    """Has a constructor over one of a builtin with fields of its own."""

    def __init__(self, reason: str, code: int) -> None:
        super().__init__(code)
        self.reason = reason


class Disk(OSError):
    """An operating system error with more to say."""

    def __init__(self, where: str) -> None:
        super().__init__(5, "broken", where)
        self.where = where


@dataclass(frozen=True)
class Cold(Exception):
    """Refuses assignment."""

    degrees: int


class Group(ExceptionGroup[Exception]):
    """A group with a constructor of its own."""

    code: int

    def __new__(cls, errors: Any, code: Any) -> Any:
        self = super().__new__(cls, f"code {code}", errors)
        self.code = code
        return self

    def __init__(self, errors: Any, code: Any) -> None:
        super().__init__(f"code {code}", errors)


def read_missing_file() -> object:
    return open("/no/such/file")  # noqa: PTH123


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a", 1),
        KeyError("k"),
        raised(b"\xff".decode),
        raised(lambda: json.loads("{")),
        raised(read_missing_file),
        raised(lambda: compile("a b", "f", "exec")),
        StopIteration(3),
        StopAsyncIteration(),
        KeyboardInterrupt(),
        SystemExit(3),
        GeneratorExit(),
        asyncio.CancelledError("why"),
        TimeoutError(),
        Picky(3, detail="x"),
        Coded(3),
        Reduced(1, 2),
        Exit("done", 4),
        Disk("/dev/null"),
        Cold(-3),
        WorkerBusy(StatusCode.UNAVAILABLE, "no", address="a", reason="draining", retry_after=2.0),
        NoWorkersAvailable("none", ()),
        SerializationError("x", path="args[0]"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_is_what_it_was(error: BaseException) -> None:
    """Type, arguments, attributes and text survive, whatever the constructor takes."""
    came = send(error)

    assert type(came) is type(error)
    assert came.args == error.args
    assert came.__dict__ == error.__dict__
    assert str(came) == str(error)


def test_fields_of_builtin_errors_survive() -> None:
    """What builtin errors keep outside their `__dict__` comes along."""
    missing = cast("Any", send(raised(read_missing_file)))
    disk = cast("Any", send(Disk("/dev/null")))
    undecodable = cast("Any", send(raised(b"\xff".decode)))

    assert (missing.errno, missing.filename) == (2, "/no/such/file")
    assert (disk.errno, disk.strerror, disk.filename) == (5, "broken", "/dev/null")
    assert (undecodable.encoding, undecodable.start) == ("utf-8", 0)
    assert cast("Any", send(SystemExit(3))).code == 3
    assert cast("Any", send(Exit("done", 4))).code == 4
    assert cast("Any", send(StopIteration(3))).value == 3


def test_remote_frames_are_in_the_traceback(peer: Peer) -> None:
    """The traceback goes on where the exception was raised, over there."""

    def outer() -> None:
        inner()

    def inner() -> None:
        raise ValueError("deep")

    with pytest.raises(ValueError, match="deep") as caught:
        peer.call(outer)

    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-2:] == ["outer", "inner"]
    assert "test_remote_frames_are_in_the_traceback" in names


def test_notes_cause_and_context_survive() -> None:
    """The whole chain of explanations crosses."""

    def fail() -> None:
        try:
            try:
                raise KeyError("first")
            except KeyError:
                raise ValueError("second")  # noqa: B904
        except ValueError as error:
            third = TypeError("third")
            third.add_note("a note")
            raise third from error

    came = send(raised(fail))

    cause = came.__cause__
    assert came.__notes__ == ["a note"]
    assert (type(cause), str(cause)) == (ValueError, "second")
    assert cause is not None
    assert came.__context__ is cause
    assert (type(cause.__context__), cause.__suppress_context__) == (KeyError, False)


def test_the_mark_stands_at_the_end_of_the_chain_of_causes() -> None:
    """Whoever follows the causes ends at what the worker saw."""

    def fail() -> None:
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    came = send(raised(fail))

    assert came.__cause__ is not None
    mark = came.__cause__.__cause__
    assert isinstance(mark, TaskException)
    assert (mark.type, mark.task, mark.worker) == ("ValueError", "task-1", "worker-1")
    assert "KeyError: 'first'" in "".join(mark.traceback)
    assert mark.__cause__ is None


def test_the_mark_hides_no_context_when_shown() -> None:
    """What was shown without the mark is shown with it."""

    def fail() -> None:
        try:
            raise KeyError("underneath")
        except KeyError:
            raise ValueError("above")  # noqa: B904

    came = send(raised(fail))

    head = shown(came).partition("TaskException")[0]
    assert "KeyError: 'underneath'" in head
    assert type(came.__context__) is KeyError
    assert came.__suppress_context__ is False


def test_the_mark_brings_no_suppressed_context_back() -> None:
    """`raise ... from None` stays so."""

    def fail() -> None:
        try:
            raise KeyError("underneath")
        except KeyError:
            raise ValueError("above") from None

    came = send(raised(fail))

    assert "underneath" not in shown(came)
    assert came.__suppress_context__ is True
    assert isinstance(came.__cause__, TaskException)


def test_the_first_mark_is_the_only_one() -> None:
    """An exception that passes several workers says where it came from, once."""
    first = send(ValueError("x"), worker="inner")

    second = send(send(first, worker="middle"), worker="outer")

    mark = second.__cause__
    assert isinstance(mark, TaskException)
    assert (mark.worker, mark.__cause__) == ("inner", None)
    assert shown(second).count("TaskException") == 1


def test_what_comes_from_no_worker_is_not_marked() -> None:
    """An exception thrown into a generator is marked only once a worker raises it again."""
    data = dump_exception(ValueError("x"), task="", worker="")
    assert isinstance(data, bytes)

    thrown = revive(load(data))

    assert thrown.__cause__ is None
    assert isinstance(send(thrown).__cause__, TaskException)


def test_members_of_a_group_survive() -> None:
    """Each member of a group keeps its own chain."""

    def fail() -> None:
        try:
            raise KeyError("cause")
        except KeyError as error:
            raise Coded(1) from error

    group = ExceptionGroup("several", [raised_exception(fail), ValueError("b")])

    came = cast("ExceptionGroup[Exception]", send(group))

    first, second = came.exceptions
    assert came.message == "several"
    assert (type(first), type(first.__cause__)) == (Coded, KeyError)
    assert (type(second), second.args) == (ValueError, ("b",))


def raised_exception(fn: Callable[[], object]) -> Exception:
    error = raised(fn)
    assert isinstance(error, Exception)
    return error


def test_groups_with_constructors_of_their_own_survive() -> None:
    """A subclass of a group is rebuilt from what it holds."""
    came = cast("Group", send(Group([ValueError("a")], 3)))

    assert type(came) is Group
    assert (came.message, came.code) == ("code 3", 3)
    assert [type(member) for member in came.exceptions] == [ValueError]


def test_an_exception_that_is_an_attribute_too_stays_one_object() -> None:
    """`error.original is error.__cause__` holds on the other side."""

    def fail() -> None:
        try:
            raise KeyError("original")
        except KeyError as error:
            wrapper = ValueError("wrapped", error)
            wrapper.original = error  # pyright: ignore[reportAttributeAccessIssue]
            raise wrapper from error

    came = cast("Any", send(raised(fail)))

    assert came.original is came.__cause__
    assert came.args[1] is came.__cause__


def test_cycles_end() -> None:
    """Exceptions that refer to one another cross as they are."""
    first, second = ValueError("first"), KeyError("second")
    first.__context__, second.__context__ = second, first
    first.other = second  # pyright: ignore[reportAttributeAccessIssue]

    came = send(first)

    assert came.__context__ is not None
    assert came.__context__.__context__ is came
    assert "second" in shown(came)


def test_cycles_of_causes_end() -> None:
    """A loop of causes has no end to put a mark at."""
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first

    came = send(first)

    assert came.__cause__ is not None
    assert came.__cause__.__cause__ is came


def test_only_what_cannot_be_pickled_is_left_behind() -> None:
    """The rest of the attributes stays, and a note tells of the loss."""
    error = Coded(3)
    error.lock = threading.Lock()  # pyright: ignore[reportAttributeAccessIssue]
    error.add_note("its own")

    came = cast("Any", send(error))

    assert (type(came), came.code, str(came)) == (Coded, 3, "failed with 3")
    assert not hasattr(came, "lock")
    assert came.__notes__[0] == "its own"
    assert "'lock'" in came.__notes__[1]


def test_arguments_that_cannot_be_pickled_become_text() -> None:
    """An exception raised with a lock still arrives as what it is."""
    came = send(ValueError("held", threading.Lock()))

    assert type(came) is ValueError
    assert came.args[0] == "held"
    assert "unlocked _thread.lock" in came.args[1]
    assert "args[1]" in came.__notes__[0]


def test_attributes_that_cannot_be_unpickled_cost_only_themselves() -> None:
    """The exception keeps its type though its attributes fail to load."""

    def explode() -> None:
        raise RuntimeError("not here")

    class Bomb:
        def __reduce__(self) -> Any:
            return explode, ()

    error = ValueError("x")
    error.bomb = Bomb()  # pyright: ignore[reportAttributeAccessIssue]

    came = send(error)

    assert type(came) is ValueError
    assert "not here" in came.__notes__[0]


def test_an_exception_that_refuses_to_be_reduced_survives() -> None:
    """What `__reduce__` cannot do, its arguments and attributes can."""

    class Stubborn(Unpicklable, Exception):
        pass

    came = send(Stubborn("text"))

    assert (type(came), came.args) == (Stubborn, ("text",))


def test_a_class_that_is_missing_here_is_named(peer: Peer) -> None:
    """An exception whose class cannot be imported says so, with its remote traceback."""

    def fail() -> None:
        import sys
        import types

        module = types.ModuleType("only_there")
        exec("class Strange(Exception): pass", module.__dict__)
        sys.modules["only_there"] = module
        raise module.Strange("its text")

    with pytest.raises(SerializationError, match="its text") as caught:
        peer.call(fail)

    mark = caught.value.__cause__
    assert "Strange of module only_there" in str(caught.value)
    assert isinstance(mark, TaskException)
    assert mark.type == "only_there.Strange"
    assert any("raise module.Strange" in line for line in mark.traceback)


def test_a_missing_class_further_down_leaves_the_rest(peer: Peer) -> None:
    """Only the link that cannot be rebuilt is replaced."""

    def fail() -> None:
        import sys
        import types

        module = types.ModuleType("further_down")
        exec("class Strange(Exception): pass", module.__dict__)
        sys.modules["further_down"] = module
        raise ValueError("outer") from module.Strange("inner")

    with pytest.raises(ValueError, match="outer") as caught:
        peer.call(fail)

    cause = caught.value.__cause__
    assert type(cause) is SerializationError
    assert "Strange of module further_down" in str(cause)
    assert isinstance(cause.__cause__, TaskException)


def test_a_reduction_that_fails_to_load_is_done_without() -> None:
    """An exception whose own way of being rebuilt fails is rebuilt from its arguments."""

    class Broken(Exception):
        def __reduce__(self) -> Any:
            return int, ("x",)

    came = send(Broken("inner"))

    assert (type(came), came.args) == (Broken, ("inner",))


def test_local_exception_classes_keep_their_identity(peer: Peer) -> None:
    """An exception raised there is caught by the class defined here."""

    class Mine(Exception):
        def __init__(self, *, number: int) -> None:
            self.number = number

    def fail() -> None:
        raise Mine(number=3)

    with pytest.raises(Mine) as caught:
        peer.call(fail)

    assert caught.value.number == 3


def test_endless_recursion_arrives_in_bounded_size() -> None:
    """A thousand frames are cut to what a reader can use."""

    def endless() -> None:
        endless()

    error = raised(endless)
    data = dump_exception(error, task="t", worker="w")

    assert isinstance(data, bytes)
    assert len(data) < 64 * 1024
    assert type(send(error)) is RecursionError


def test_an_exception_with_large_contents_is_a_parcel() -> None:
    """What hangs on an exception may be large."""
    data = dump_exception(ValueError(bytes(1_000_000)), task="t", worker="w")

    assert isinstance(data, Parcel)


def test_a_text_that_raises_does_not_matter() -> None:
    """An exception that cannot even be shown crosses."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    assert type(send(Mute(1))) is Mute


def test_exceptions_inside_values_keep_their_chain_if_asked() -> None:
    """A list of exceptions crosses like exceptions that were raised."""

    def fail() -> None:
        try:
            raise KeyError("cause")
        except KeyError as error:
            raise Picky(3, detail="x") from error

    error = raised(fail)

    data = dump({"errors": [error, error]}, exceptions=True)

    first, second = cast("Any", load(cast("bytes", data)))["errors"]
    assert first is second
    assert (type(first), first.detail) == (Picky, "x")
    assert (type(first.__cause__), first.__cause__.__cause__) == (KeyError, None)
    assert traceback.extract_tb(first.__traceback__)[-1].name == "fail"


def test_what_is_no_record_is_told() -> None:
    """A peer that sends something else gets no exception raised here."""
    assert type(revive(["nonsense"])) is SerializationError
