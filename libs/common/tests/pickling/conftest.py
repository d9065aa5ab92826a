"""What the tests of pickling share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pickling_link import Peer

from wool_common.pickling.callables import CallableCache


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    """Start a second process for all tests."""
    with Peer() as peer:
        yield peer


@pytest.fixture(scope="session")
def other_peer() -> Iterator[Peer]:
    """Start a third process for all tests."""
    with Peer() as peer:
        yield peer


@pytest.fixture
def cache() -> CallableCache:
    """Make a fresh cache."""
    return CallableCache()
