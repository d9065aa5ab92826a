"""Classes of the script stay the same classes, there and back."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

import wool

T = TypeVar("T")


class Color(Enum):
    RED = "red"


class Shape(ABC):
    @abstractmethod
    def area(self) -> float: ...


@dataclass
class Square(Shape):
    side: float
    color: Color = Color.RED

    def area(self) -> float:
        return self.side**2

    @wool.routine
    async def grown(self, by: float) -> Square:
        return Square(self.side + by, self.color)


class Pair(NamedTuple):
    left: object
    right: object


@dataclass(frozen=True, slots=True)
class Slotted:
    value: int


@runtime_checkable
class HasArea(Protocol):
    def area(self) -> float: ...


class OwnError(Exception):
    def __init__(self, code: int, *, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


class OtherError(OwnError):
    pass


@wool.routine
async def echo(value: T) -> T:
    return value


@wool.routine
async def same_there(value: object) -> bool:
    """Tell whether classes are the same on the worker, too."""
    return (
        isinstance(value, Square)
        and isinstance(value, Shape)
        and isinstance(value, HasArea)
        and value.color is Color.RED
    )


@wool.routine
async def fail(code: int) -> None:
    raise OtherError(code, detail="on purpose")


@wool.routine
async def catch_there() -> str:
    """Catch by class what a nested routine raises."""
    try:
        await fail(1)
    except OwnError as exc:
        return f"caught {type(exc).__name__} {exc.code}"
    return "nothing"


@wool.routine
async def fail_twice() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(fail(1))
        group.create_task(fail(2))


async def errors() -> None:
    try:
        await fail(7)
    except OwnError as exc:
        print("except", type(exc) is OtherError, exc.code, exc.args)
    print(await catch_there())
    try:
        await fail_twice()
    except* OwnError as group:
        print("except*", all(isinstance(exc, OtherError) for exc in group.exceptions))


async def main() -> None:
    async with wool.WorkerPool(size=2):
        square = await echo(Square(2))
        print(type(square) is Square, square == Square(2), square.area(), square.color is Color.RED)
        print(await same_there(square))
        grown = await Square(1).grown(2)
        print(type(grown) is Square, grown.side)
        pair = await echo(Pair(Slotted(1), Color))
        print(type(pair) is Pair, pair.left == Slotted(1), pair.right is Color)
        kinds = await echo([Square, OwnError, HasArea])
        print(kinds == [Square, OwnError, HasArea])
        await errors()


if __name__ == "__main__":
    asyncio.run(main())
