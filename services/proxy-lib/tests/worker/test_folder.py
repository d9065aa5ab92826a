"""The directory of a worker's socket."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from wool.runtime.worker.folder import SOCKET, private_folder


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)


def made_and_removed() -> Path:
    folder = private_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rmdir()
    return folder


def test_runtime_directory_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is the user's own, and in memory."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    assert made_and_removed().parent == tmp_path


@pytest.mark.parametrize("bad", ["", "/no/such/place", "/proc", "/tmp/" + "x" * 90])
def test_unusable_places_are_passed_over(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing, foreign or long one does not keep workers from starting."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", bad)

    assert made_and_removed().parent == Path(tempfile.gettempdir())


def test_path_of_the_socket_is_short_enough_everywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Long directories for temporary files are usual on some systems."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    path = made_and_removed() / SOCKET

    assert len(os.fsencode(path)) <= 103
