"""Owners of containers can be told alive from gone."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wool.runtime.worker.docker_owner import Life, life, this_process

NAMED = "from wool.runtime.worker.docker_owner import this_process; print(this_process())"


def test_this_process_is_alive() -> None:
    """A process knows itself."""
    assert life(this_process()) is Life.ALIVE


def test_a_process_that_has_ended_is_gone() -> None:
    """Its number alone does not make another process its successor."""
    command = [sys.executable, "-c", NAMED]
    ended = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    node, place, pid, started = this_process().split("/")
    namesake = "/".join((node, place, pid, str(int(started) - 1)))

    assert life(ended) is Life.GONE
    assert life(namesake) is Life.GONE


@pytest.mark.parametrize("owner", ["", "me", "a/b/c/d", "host/0123456789ab/1/5"])
def test_nothing_is_said_of_others(owner: str) -> None:
    """What cannot be seen from here may well be alive."""
    assert life(owner) is Life.ELSEWHERE
