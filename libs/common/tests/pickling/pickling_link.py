"""Speaks with the second process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from pickling_peer import read, write
from pickling_samples import routine

from wool_common.pickling.callables import CallableCache, Definition
from wool_common.pickling.exceptions import revive
from wool_common.pickling.values import dump, load

HERE = Path(__file__).parent


class Peer:
    """A process that echoes values and runs functions."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(HERE / "fakes"), str(HERE)])
        self._process = subprocess.Popen(
            [sys.executable, HERE / "pickling_peer.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._input = cast("BinaryIO", self._process.stdin)
        self._output = cast("BinaryIO", self._process.stdout)
        self.cache = CallableCache()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def echo(self, value: object) -> Any:
        """Return *value* as it came back."""
        return load(self.pass_on(dump(value)))

    def pass_on(self, data: Any) -> bytes:
        """Return the pickle the process makes of what it loads from *data*."""
        return self._ask("echo", data, b"")

    def call(self, fn: Callable[..., object], *args: object, **kwargs: object) -> Any:
        """Run *fn* there."""
        return load(self._ask("call", self.cache.define(fn).payload, dump((args, kwargs))))

    def _ask(self, operation: str, first: object, second: object) -> bytes:
        write(self._input, dump((operation, first, second)))
        kind, *_ = answer = read(self._output)
        if kind == ord("-"):
            raise revive(load(answer[1:]))
        return answer[1:]


def script(source: str) -> dict[str, Any]:
    """Run *source* as if it were the main program; return its names."""
    space: dict[str, Any] = {"__name__": "__main__", "routine": routine, "asyncio": asyncio}
    exec(compile(source, "script.py", "exec"), space)
    return space


def loaded(definition: Definition) -> Any:
    """Return what the payload of *definition* loads as."""
    assert isinstance(definition.payload, bytes)
    return load(definition.payload)
