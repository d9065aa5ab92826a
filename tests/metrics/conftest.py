"""What the tests of metrics share."""

from __future__ import annotations

import shutil

import pytest
from lab import packages
from lab.fixtures import engine, missing, prometheus

__all__ = ["engine", "prometheus"]


@pytest.fixture(scope="session")
def promtool() -> str:
    """Be the path of `promtool`: the lab's, or the machine's."""
    if packages.are_there():
        return str(packages.tools().clients / "promtool")
    return shutil.which("promtool") or missing("there is no promtool")
