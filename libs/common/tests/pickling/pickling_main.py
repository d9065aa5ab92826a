"""A script whose classes and functions live in the main module; run by its test."""

from __future__ import annotations

import enum
import sys
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pickling_link import Peer
from pickling_samples import routine

T = TypeVar("T")
factor = 2
LOG: list[str] = []


class MyError(Exception):
    """Raised there, caught here."""

    def __init__(self, *, code: int) -> None:
        super().__init__(f"code {code}")
        self.code = code


class Size(enum.Enum):
    """An enum of the script."""

    SMALL = 1
    LARGE = 2


@dataclass
class Box(Generic[T]):
    """A generic dataclass of the script."""

    item: T
    size: Size = Size.SMALL
    notes: list[str] = field(default_factory=list[str])

    @routine
    async def grown(self) -> Box[T]:
        """Return a larger box."""
        LOG.append("grown")
        return Box(self.item, Size.LARGE, [*self.notes, f"x{factor}"])


@routine
async def fib(n: int) -> int:
    """Call itself."""
    return n if n < 2 else await fib(n - 1) + await fib(n - 2)


@routine
async def fail(code: int) -> None:
    """Raise an error of the script."""
    raise MyError(code=code)


async def scaled(x: int) -> int:
    """Use a global of the script."""
    return x * factor


def caught(peer: Peer) -> int | None:
    """Return the code of the error that arrives."""
    try:
        peer.call(fail, 3)
    except MyError as error:
        return error.code
    return None


def main() -> None:
    """Check everything; the exit code tells."""
    with Peer() as peer, Peer() as other:
        assert peer.call(fib, 10) == 55
        box: Box[str] = peer.call(Box.grown, Box[str]("a"))
        assert type(box) is Box, type(box)
        assert box == Box("a", Size.LARGE, ["x2"])
        assert box.size is Size.LARGE
        assert type(peer.call(Box(3).grown)) is Box
        assert other.echo(peer.echo(box)) == box
        assert peer.echo([Box, MyError, Size]) == [Box, MyError, Size]
        assert caught(peer) == 3
        assert peer.call(scaled, 3) == 6
        globals()["factor"] = 5
        assert peer.call(scaled, 3) == 15
        assert peer.call(Box.grown, Box("b")).notes == ["x5"]
        assert LOG == []
        assert Box.grown.__wool_routine__.__globals__ is sys.modules["__main__"].__dict__
    print("fine")


if __name__ == "__main__":
    main()
