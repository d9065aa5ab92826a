"""Follow what a program says while it runs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.client import Engine

Line = Mapping[str, Any]


class Followed:
    """The lines of JSON in a file that grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self.other: list[str] = []
        """Lines that are none."""

    def news(self) -> list[Line]:
        """Return what was written since it was last asked."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            said = file.read()
        whole = said[: said.rfind(b"\n") + 1]
        self._offset += len(whole)
        lines: list[Line] = []
        for text in whole.decode().splitlines():
            if text.startswith("{"):
                lines.append(json.loads(text))
            else:
                self.other.append(text)
        return lines


@contextmanager
def following(engine: Engine, path: Path, *arguments: str) -> Generator[Followed]:
    """Run `docker` with *arguments*, keeping what it says at *path*, until the block is left."""
    with path.open("wb") as file:
        command = ["docker", *arguments]
        process = subprocess.Popen(
            command, env=dict(engine.environment), stdout=file, stderr=subprocess.STDOUT
        )
        try:
            yield Followed(path)
        finally:
            process.terminate()
            process.wait()
