"""Tell why a client and a worker cannot work together."""

from __future__ import annotations

from wool_common.frames import Hello
from wool_common.metadata import PROTOCOL, PYTHON, VERSION


def misfit(
    hello: Hello, *, protocol: int = PROTOCOL, python: str = PYTHON, version: str = VERSION
) -> str | None:
    """Return why the client that said *hello* cannot be served by such a worker, None if it can."""
    if hello.protocol != protocol:
        return (
            f"the client speaks protocol {hello.protocol} and the worker {protocol}: install"
            f" the same version of wool on both (client {hello.version}, worker {version})"
        )
    if hello.python != python:
        return (
            f"the client runs Python {hello.python} and the worker Python {python}: code and"
            " values cross only between equal minor versions, so run both on the same one"
        )
    return None
