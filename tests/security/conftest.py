"""What the tests of security share."""

from __future__ import annotations

import os
from pathlib import Path

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


@pytest.fixture
def environ() -> dict[str, str]:
    """Return an environment in which a worker finds the routines of this folder."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("WOOL_")}
    here = str(Path(__file__).parent)
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**kept, "PYTHONPATH": path}
