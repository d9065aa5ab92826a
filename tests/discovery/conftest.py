"""A way to find workers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ways_of_discovery import WAYS, Way


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker of this folder."""
    config.addinivalue_line("markers", "ways(trait): run with the ways alone that have this trait")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with each way, or with those that suit its marker `ways`."""
    if "way" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("ways")
        trait = None if marker is None else str(marker.args[0])
        suiting = [name for name, way in WAYS.items() if trait is None or trait in way.traits]
        metafunc.parametrize("way", suiting, indirect=True)


@pytest.fixture
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    """Return a way to find workers, with nobody there; the test opens it."""
    folder = Path(tempfile.mkdtemp(prefix="t-", dir="/tmp"))
    yield WAYS[request.param](folder)
    shutil.rmtree(folder)
