"""Makes instances of classes that cannot be imported."""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar, cast

from pickling_samples import Point

T = TypeVar("T")


def make_plain() -> Any:
    class Plain:
        limit = 3

        def __init__(self, x: int) -> None:
            self.x = x

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Plain) and other.x == self.x

        __hash__ = None  # pyright: ignore[reportAssignmentType]

    return Plain(4)


def make_dataclass() -> Any:
    @dataclass
    class Order:
        name: str
        lines: list[int] = field(default_factory=list[int])

    return Order("a", [1])


def make_frozen() -> Any:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Frozen:
        name: str

    return Frozen(name="a")


def make_slotted() -> Any:
    @dataclass(slots=True)
    class Slotted:
        name: str
        size: int = 3

    return Slotted("a")


def make_enum() -> Any:
    class Mood(enum.Enum):
        GLAD = "glad"
        SAD = "sad"

        def opposite(self) -> Mood:
            return Mood.SAD if self is Mood.GLAD else Mood.GLAD

    return Mood.GLAD


def make_flag() -> Any:
    class Rights(enum.IntFlag):
        READ = 1
        WRITE = 2

    return Rights.READ | Rights.WRITE


def make_named_tuple() -> Any:
    class Pair(NamedTuple):
        left: int
        right: str = "r"

    return Pair(1)


def make_generic() -> Any:
    class Box(Generic[T]):
        def __init__(self, item: T) -> None:
            self.item = item

        def __eq__(self, other: object) -> bool:
            return type(other) is Box and cast("Box[T]", other).item == self.item

        __hash__ = None  # pyright: ignore[reportAssignmentType]

    return Box[int](3)


def make_abstract() -> Any:
    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self) -> int: ...

    @dataclass
    class Square(Shape):
        side: int

        def area(self) -> int:
            return self.side**2

    return Square(3)


def make_metaclass() -> Any:
    class Registered(type):
        def __new__(mcs, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
            return super().__new__(mcs, name, bases, {**space, "registered": True})

    @dataclass
    class Service(metaclass=Registered):
        port: int

    return Service(80)


def make_nested() -> Any:
    @dataclass
    class Outer:
        @dataclass
        class Inner:
            x: int

        inner: Inner

    return Outer(Outer.Inner(1))


def make_subclass() -> Any:
    @dataclass(frozen=True)
    class Point3(Point):
        z: int

    return Point3(1, 2, 3)


def make_mutual() -> Any:
    @dataclass
    class Ping:
        n: int

        def answer(self) -> Pong:
            return Pong(self.n)

    @dataclass
    class Pong:
        n: int

        def answer(self) -> Ping:
            return Ping(self.n)

    return Ping(1)


def kind_of(value: object) -> Any:
    """Return the class of *value*."""
    return type(value)


MAKERS: dict[str, Callable[[], Any]] = {
    name.removeprefix("make_"): value
    for name, value in sorted(globals().items())
    if name.startswith("make_")
}
