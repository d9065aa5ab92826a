"""Errors name the part of a value that cannot be pickled or unpickled."""

from __future__ import annotations

import functools
import pickle
import threading
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from pickling_samples import Picky, Unpicklable

from wool_common.errors import SerializationError
from wool_common.pickling.values import dump, load

LOCK = threading.Lock()


@dataclass
class Job:
    name: str
    handle: Any


class Slotted:
    __slots__ = ("lock",)

    def __init__(self) -> None:
        self.lock = LOCK


def closure() -> Any:
    lock = LOCK

    def inner() -> object:
        return lock

    return inner


def global_user() -> object:
    return LOCK


global_user.__module__ = "__main__"


class Holder:
    lock = LOCK


Holder.__module__ = "__main__"
CALL: Any = "call"


CASES: list[tuple[Any, str, str | None]] = [
    (LOCK, "value", "value"),
    (((1, {"lock": LOCK}), {}), CALL, "args[1]['lock']"),
    (((), {"x": Job("a", LOCK)}), CALL, "kwargs['x'].handle"),
    (SimpleNamespace(items=[1, 2, 3, LOCK]), "result", "result.items[3]"),
    (Slotted(), "result", "result.lock"),
    ({1: {2: (LOCK,)}}, "value", "value[1][2][0]"),
    ({LOCK: 1}, "value", "list(value)[0]"),
    ([{LOCK}], "value", "list(value[0])[0]"),
    (closure(), "value", "value.__closure__['lock']"),
    (global_user, "value", "value.__globals__['LOCK']"),
    (functools.partial(print, LOCK), "value", "value.args[0]"),
    (Job("a", LOCK).__repr__, "value", "value.__self__.handle"),
    (Holder(), "value", "value.__class__.lock"),
    ([Unpicklable()], "value", "value[0]"),
    ((i for i in range(3)), "value", "value"),
    ([1, Picky(1, detail="a"), [open]], "value", None),
]


@pytest.mark.parametrize(("value", "root", "path"), CASES)
def test_the_path_leads_to_the_culprit(value: object, root: str, path: str | None) -> None:
    """The error names what cannot be pickled, seen from the root."""
    if path is None:
        dump(value, root=root)
        return

    with pytest.raises(SerializationError) as caught:
        dump(value, root=root)

    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path} cannot be pickled: ")


def test_the_cause_is_kept_and_the_type_named() -> None:
    """What pickle said is not lost."""
    with pytest.raises(SerializationError, match=r"\(it is a _thread.lock\)") as caught:
        dump([LOCK])

    assert isinstance(caught.value.__cause__, TypeError)


def test_cycles_do_not_hang_the_search() -> None:
    """A value that contains itself is searched once."""
    value: list[Any] = []
    value += [value, {"again": value}, [LOCK]]

    with pytest.raises(SerializationError) as caught:
        dump(value)

    assert caught.value.path == "value[2][0]"


def test_too_deep_a_value_is_refused() -> None:
    """Endless nesting is told, not searched."""
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(SerializationError, match="nested too deeply"):
        dump(value)
    while value:
        value = value.pop()


def test_the_error_itself_can_travel() -> None:
    """A worker may send it back."""
    with pytest.raises(SerializationError) as caught:
        dump([LOCK])

    copy = pickle.loads(pickle.dumps(caught.value))

    assert (str(copy), copy.path) == (str(caught.value), "value[0]")


def test_a_missing_module_is_named_with_advice() -> None:
    """The text says which module, and what to do."""
    with pytest.raises(ModuleNotFoundError, match=r"'no_such_module': install it") as caught:
        load(b"\x80\x05\x8c\x0eno_such_module\x94\x8c\x01f\x94\x93\x94.")

    assert caught.value.name == "no_such_module"
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x05",
        b"nonsense",
        b"\x80\x05\x8c\x10pickling_samples\x94\x8c\x06absent\x94\x93\x94.",
        b"\x80\x05\x8c\x08builtins\x94\x8c\x03int\x94\x93\x94\x8c\x01x\x94\x85\x94R\x94.",
    ],
    ids=["empty", "cut", "garbage", "no such name", "call that raises"],
)
def test_what_cannot_be_unpickled_keeps_its_cause(data: bytes) -> None:
    """Whatever goes wrong in loading is one kind of error."""
    with pytest.raises(SerializationError, match="cannot be unpickled") as caught:
        load(data)

    assert caught.value.__cause__ is not None
