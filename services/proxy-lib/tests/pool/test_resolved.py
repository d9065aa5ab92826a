"""Every way to give a thing leads to the thing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, Self, TypeGuard

import pytest

from wool.runtime.factory import checked_factory, resolved

LOG: list[str] = []


class Thing:
    """What is wanted."""

    def __init__(self, colour: str = "grey") -> None:
        self.colour = colour


class Entered(Thing):
    """What is wanted, and has to be entered."""

    def __enter__(self) -> Self:
        LOG.append("in")
        return self

    def __exit__(self, *_: object) -> None:
        LOG.append("out")


class EnteredSoon(Thing):
    """As `Entered`, asynchronously; gives nothing when it is entered."""

    async def __aenter__(self) -> None:
        LOG.append("in")

    async def __aexit__(self, *_: object) -> None:
        LOG.append("out")


class Callable2(Thing):
    """What is wanted, though it can be called, too."""

    def __call__(self) -> Thing:
        raise AssertionError("not to be called")


@contextmanager
def opened(colour: str = "red") -> Generator[Thing]:
    LOG.append("in")
    yield Thing(colour)
    LOG.append("out")


@asynccontextmanager
async def opened_soon(*, colour: str = "red") -> AsyncGenerator[Thing]:
    LOG.append("in")
    yield Thing(colour)
    LOG.append("out")


@asynccontextmanager
async def opens_one_to_enter() -> AsyncGenerator[Entered]:
    with Entered() as thing:
        yield thing


async def made(colour: str = "red") -> Thing:
    return Thing(colour)


def painted(colour: str) -> Thing:
    return Thing(colour)


def painted_somehow(**paint: str) -> Thing:
    return Thing(**paint)


def made_to_enter() -> Thing:
    return Entered()


class Maker:
    """Makes things when called, as its methods do."""

    def __call__(self, colour: str) -> Thing:
        return Thing(colour)

    async def make(self, *, colour: str) -> Thing:
        return Thing(colour)


async def soon(thing: object) -> object:
    return thing


def is_thing(value: object) -> TypeGuard[Thing]:
    # As with a protocol, a class that has the attributes passes, too.
    return isinstance(value, Thing) or value is Thing


def looked_up(thing: Any) -> Any:
    return resolved(
        thing, check=is_thing, name="thing", offered={"colour": "blue"}, wants="a Thing"
    )


@pytest.fixture(autouse=True)
def log() -> list[str]:
    LOG.clear()
    return LOG


WAYS: list[tuple[str, Callable[[], object], str, int]] = [
    ("instance", Thing, "grey", 0),
    ("instance that can be called", Callable2, "grey", 0),
    ("instance to be entered", Entered, "grey", 1),
    ("instance to be entered soon", EnteredSoon, "grey", 1),
    ("class", lambda: Thing, "blue", 0),
    ("class to be entered", lambda: Entered, "blue", 1),
    ("function", lambda: lambda: Thing("red"), "red", 0),
    ("function that takes what is offered", lambda: painted, "blue", 0),
    ("function with any keywords", lambda: painted_somehow, "blue", 0),
    ("function that gives a class", lambda: lambda: Thing, "blue", 0),
    ("function that gives one to enter", lambda: made_to_enter, "grey", 1),
    ("partial", lambda: partial(Thing, colour="green"), "green", 0),
    ("object that can be called", Maker, "blue", 0),
    ("bound method", lambda: Maker().make, "blue", 0),
    ("async function", lambda: made, "blue", 0),
    ("coroutine", made, "red", 0),
    ("coroutine of one to enter", lambda: soon(Entered()), "grey", 1),
    ("function that gives a coroutine", lambda: lambda: made("red"), "red", 0),
    ("context manager", opened, "red", 1),
    ("async context manager", opened_soon, "red", 1),
    ("context manager's function", lambda: opened, "blue", 1),
    ("async context manager's function", lambda: opened_soon, "blue", 1),
    ("partial of a context manager's", lambda: partial(opened, "green"), "green", 1),
    ("context manager of one that was entered", lambda: opens_one_to_enter, "grey", 1),
    ("coroutine of a context manager", lambda: soon(opened_soon()), "red", 1),
]


@pytest.mark.parametrize(
    ("make", "colour", "times"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS]
)
async def test_every_way(
    log: list[str], make: Callable[[], object], colour: str, times: int
) -> None:
    """One gets the thing, entered once where that is due, and left at the end."""
    async with looked_up(make()) as thing:
        assert isinstance(thing, Thing)
        assert thing.colour == colour
        assert log == ["in"] * times

    assert log == ["in", "out"] * times


async def test_left_when_the_block_fails(log: list[str]) -> None:
    """The exception passes, and nothing stays entered."""
    with pytest.raises(KeyError):
        async with looked_up(Entered):
            raise KeyError

    assert log == ["in", "out"]


async def no_thing() -> int:
    return 3


@contextmanager
def opens_nothing() -> Generator[int]:
    LOG.append("in")
    try:
        yield 3
    finally:
        LOG.append("out")


def itself() -> object:
    return itself


@pytest.mark.parametrize(
    ("given", "got"),
    [
        (lambda: lambda: 3, "3"),
        (lambda: no_thing, "3"),
        (no_thing, "3"),
        (lambda: opens_nothing, "3"),
        (lambda: int, "0"),
        (lambda: itself, "itself"),
        (lambda: lambda: None, "None"),
        (lambda: 3, "not 3"),
        (lambda: None, "not None"),
        (lambda: "text" * 99, r"texttext.*\.\.\."),
    ],
)
async def test_something_else_came_out(
    log: list[str], given: Callable[[], object], got: str
) -> None:
    """The error names the argument, what it wants and what came out; what was entered is left."""
    with pytest.raises(TypeError, match=rf"^thing must be a Thing, or .*{got}"):
        async with looked_up(given()):
            pytest.fail("there is nothing to use")

    assert log in ([], ["in", "out"])


async def test_a_factory_that_wants_more_than_is_offered() -> None:
    """It is not called; the error says what is offered."""

    def wants_more(host: str, colour: str) -> Thing:
        raise AssertionError

    with pytest.raises(TypeError, match=r"thing=.*wants_more.*'host'; it is offered colour"):
        async with looked_up(wants_more):
            pass


async def test_what_a_factory_raises_passes() -> None:
    """Also where it is a TypeError of the factory's own."""

    def broken() -> Thing:
        raise TypeError("my own")

    with pytest.raises(TypeError, match=r"^my own$"):
        async with looked_up(broken):
            pass


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way[0])
async def test_what_may_be_right_is_not_refused_beforehand(way: Any) -> None:
    """Whether a factory leads anywhere shows when it is used."""
    given = way[1]()
    try:
        checked_factory(given, check=is_thing, name="thing")
    finally:
        if hasattr(given, "close"):
            given.close()


@pytest.mark.parametrize("given", [3, None, "text", [Thing()]])
def test_what_cannot_be_right_is_refused_beforehand(given: object) -> None:
    """The error names the argument."""
    with pytest.raises(TypeError, match=r"^thing must be a Thing"):
        checked_factory(given, check=is_thing, name="thing", wants="a Thing")
