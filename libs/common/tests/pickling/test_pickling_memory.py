"""Large values cost little more than themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MIB = 1024 * 1024
SIZE = 256 * MIB
LIMIT = 120


@pytest.mark.parametrize("kind", ["bytes", "bytearray", "array"])
def test_a_large_value_is_copied_by_neither_side(kind: str) -> None:
    """Sending adds next to nothing, receiving adds next to nothing to the value received."""
    command = [sys.executable, HERE / "pickling_memory.py"]
    sender = subprocess.Popen(
        [*command, "send", kind, str(SIZE)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    receiver = subprocess.Popen(
        [*command, "receive", kind, str(SIZE)], stdin=sender.stdout, stderr=subprocess.PIPE
    )
    assert sender.stdout is not None
    sender.stdout.close()

    _, received = receiver.communicate(timeout=LIMIT)
    assert sender.stderr is not None
    with sender.stderr:
        sent = sender.stderr.read()

    assert (sender.wait(LIMIT), receiver.returncode) == (0, 0), sent + received
    assert int(sent) < 4 * MIB
    assert int(received) < 16 * MIB
