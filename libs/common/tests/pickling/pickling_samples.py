"""Things that can be imported under their names, here and in the second process."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def routine(fn: Callable[..., Any], options: object = None) -> Any:
    """Wrap *fn* the way the client library does."""

    @functools.wraps(fn)
    async def wrapper(*args: object, **kwargs: object) -> object:
        return await fn(*args, **kwargs)

    wrapper.__dict__["__wool_routine__"] = fn
    wrapper.__dict__["__wool_options__"] = options
    return wrapper


def double(x: int) -> int:
    """Return twice *x*."""
    return 2 * x


@routine
async def triple(x: int) -> int:
    """Return three times *x*."""
    return 3 * x


@dataclass(frozen=True)
class Point:
    """A place on paper."""

    x: int
    y: int


class Colour(enum.Enum):
    """A colour of a lamp."""

    RED = 1
    GREEN = 2


class Shop:
    """Has one routine of each kind."""

    def __init__(self, rate: int) -> None:
        self.rate = rate

    @routine
    async def price(self, x: int) -> int:
        """Return the price of *x*."""
        return self.rate * x

    @classmethod
    @routine
    async def named(cls, x: int) -> tuple[str, int]:
        """Return the shop's name with *x*."""
        return cls.__name__, x

    @staticmethod
    @routine
    async def plain(x: int) -> int:
        """Return *x*."""
        return x

    def plus(self, x: int) -> int:
        """Return *x* with the rate added."""
        return self.rate + x

    @classmethod
    def label(cls) -> str:
        """Return the shop's name."""
        return cls.__name__


class Picky(Exception):
    """Its constructor takes other things than its args."""

    def __init__(self, code: int, *, detail: str) -> None:
        super().__init__(f"code {code}")
        self.code = code
        self.detail = detail


class Unpicklable:
    """Refuses to be pickled."""

    def __reduce__(self) -> str:
        raise TypeError("not this one")
