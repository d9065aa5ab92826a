"""What the tests of security share."""

from __future__ import annotations

import pytest
from authority import Authority


@pytest.fixture(scope="session")
def ours() -> Authority:
    """Return the authority that workers and clients trust."""
    return Authority()


@pytest.fixture(scope="session")
def theirs() -> Authority:
    """Return an authority that nobody trusts."""
    return Authority()
