"""Type what a page has its readers type into a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from pages import Block


class Terminal:
    """
    A shell in the current directory; what it leaves in the background ends with it.

    What is said goes to a file, for what runs in the background would keep a pipe open.
    """

    def __init__(self) -> None:
        self._shells: list[subprocess.Popen[bytes]] = []
        beside = Path(sys.executable).parent
        self._environment = {**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End what was left in the background."""
        for shell in self._shells:
            try:
                os.killpg(shell.pid, signal.SIGTERM)
            except ProcessLookupError:
                continue

    def type(self, block: Block) -> None:
        """Run *block*; a command that fails ends this process."""
        with tempfile.TemporaryFile() as said:
            shell = subprocess.Popen(
                ["sh", "-e", "-c", block.code],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=self._environment,
                start_new_session=True,
            )
            self._shells.append(shell)
            code = shell.wait(timeout=60)
            if code:
                said.seek(0)
                text = said.read().decode(errors="replace")
                sys.exit(f"line {block.line}: exit code {code}\n{text}")
