"""A worker in a container starts as it is told over standard input."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys

from wool_common.metadata import WorkerId
from wool_common.start_stdin import start_message
from wool_common.startup import StartConfig
from wool_worker.cli import parse
from wool_worker.told import as_told, undecided

PROGRAM = [sys.executable, "-m", "wool_worker", "--start-config-stdin"]


def always() -> bool:
    """Refuse everything."""
    return True


def test_what_is_told_takes_the_place_of_variables() -> None:
    """An image's own settings of where to listen mean nothing, others do."""
    environ = {
        "WOOL_HOST": "0.0.0.0",
        "WOOL_TAGS": "x",
        "WOOL_PRELOAD": "json",
        "WOOL_LOOP": "auto",
    }
    told = StartConfig(
        uid=WorkerId("u"),
        sys_path=(),
        host="0.0.0.0",
        port=7,
        tags=frozenset({"a"}),
        backpressure=pickle.dumps(always),
        shutdown_grace_period=3.0,
    )

    config, _ = parse(["--owner-timeout", "5"], undecided(environ))
    made = as_told(config, told, log_level=None)

    assert (made.uid, made.host, made.port, made.tags) == ("u", "0.0.0.0", 7, {"a"})
    assert (made.owner_timeout, made.shutdown_grace_period) == (5.0, 3.0)
    assert made.backpressure is always
    assert made.log_level == "warning"


def test_a_program_that_is_told_nothing_says_so() -> None:
    """One line, and the exit code of wrong flags."""
    done = subprocess.run(PROGRAM, input=b"", capture_output=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith(b"wool-worker: nothing came over standard input")


def test_a_worker_ends_when_nobody_has_come() -> None:
    """It serves, misses its owner, and ends in good order."""
    told = StartConfig(uid=WorkerId("u"), sys_path=(), host="127.0.0.1", port=0, log_level="info")
    done = subprocess.run(
        [*PROGRAM, "--owner-timeout", "0.2"],
        input=start_message(told),
        env={**os.environ, "WOOL_HOST": "0.0.0.0"},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert b"worker_ready" in done.stderr
    assert b"nobody has had a session for 0.2 s" in done.stderr
