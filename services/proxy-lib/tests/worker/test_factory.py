"""What worker factories are told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from wool.runtime.worker.factory import taken
from wool.runtime.worker.local import LocalWorker
from wool.testing import FakeWorker


def by_name(*tags: str, credentials: object = None, image: str = "") -> None: ...


def by_position(credentials: object) -> None: ...


def by_anything(*tags: str, **offered: Any) -> None: ...


def by_nothing(*tags: str) -> None: ...


class Factory:
    def __call__(self, *tags: str, credentials: object = None) -> None: ...

    def made(self, *tags: str, credentials: object = None) -> None: ...


TAKES: list[Callable[..., object]] = [
    LocalWorker,
    by_name,
    by_position,
    by_anything,
    Factory(),
    Factory().made,
    partial(LocalWorker, host="::1"),
    partial(partial(by_anything, "tag"), image="x"),
    lambda *tags, **kw: by_name(*tags, image="x", **kw),
]
TAKES_NOT: list[Callable[..., object]] = [
    FakeWorker,
    by_nothing,
    partial(FakeWorker, host="::1"),
    partial(LocalWorker, credentials=None),
    partial(partial(by_anything, credentials=2), "tag"),
    partial(by_position, 2),
    lambda *tags: None,
    dict[str, object].get,
    zip,
]


@pytest.mark.parametrize("factory", TAKES)
def test_factory_gets_what_it_names(factory: Callable[..., object]) -> None:
    """By name or among any keywords, and through partials."""
    assert taken(factory, {"credentials": 1}) == {"credentials": 1}


@pytest.mark.parametrize("factory", TAKES_NOT)
def test_factory_gets_nothing_else(factory: Callable[..., object]) -> None:
    """Not what it does not know, what a partial has fixed, nor as facts about a worker."""
    assert taken(factory, {"credentials": 1}) == {}
