"""A worker is told how to start over its standard input."""

from __future__ import annotations

import io
import pickle

import pytest

from wool_common.errors import ProtocolViolation
from wool_common.metadata import WorkerId
from wool_common.start_stdin import read_start, start_message
from wool_common.startup import StartConfig

CONFIG = StartConfig(uid=WorkerId("u"), sys_path=(), host="0.0.0.0", credentials=b"secret")


def test_what_is_written_is_read() -> None:
    """Nothing after it is touched, which may be for routines."""
    source = io.BytesIO(start_message(CONFIG) + b"rest")

    assert read_start(source) == CONFIG
    assert source.read() == b"rest"


def test_what_is_as_usual_is_not_told() -> None:
    """A worker of an older image, which knows fewer options, understands whoever uses none."""
    told = start_message(CONFIG)

    assert not [name for name in (b"log_level", b"loop", b"options") if name in told]
    assert b"secret" in told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "nothing came"),
        (b"wo", "does not tell how to start"),
        (b"GET / HTTP/1.1\r\n", "does not tell how to start"),
        (start_message(CONFIG)[:-1], "ends in the middle"),
        (b"wool\0\0\0\3abc", "cannot be read"),
        (b"wool" + len(pickle.dumps(3)).to_bytes(4, "big") + pickle.dumps(3), "int does not tell"),
    ],
)
def test_what_else_comes_is_refused(content: bytes, words: str) -> None:
    """The error says what came, and shows none of it."""
    with pytest.raises(ProtocolViolation, match=words):
        read_start(io.BytesIO(content))
