"""Type into a terminal, and read what it shows."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

SHELL: Final = ("bash", "--noprofile", "--norc", "--noediting")
VARIABLES: Final = {"PS1": "ready[$?]> ", "PS2": "more> ", "TERM": "xterm-256color"}
PROMPT: Final = re.compile(r"(?:\([\w.-]+\) )?ready\[(?P<code>\d+)\]> \Z")
MORE: Final = re.compile(r"more> \Z")
ROWS, COLUMNS = 40, 120
START_SECONDS: Final = 30.0
AT_ONCE: Final = 65536


class TerminalError(Exception):
    """A terminal did not show in time what it was to show."""


class Terminal:
    """A shell in a terminal of its own; *command* starts it, with VARIABLES set for it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._shown = ""
        self._end = -1
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._end, inner = os.openpty()
        termios.tcsetwinsize(inner, (ROWS, COLUMNS))
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=inner,
                stdout=inner,
                stderr=inner,
                env=dict(self._environment),
                start_new_session=True,
            )
        finally:
            os.close(inner)
        self.read_until(_prompted, START_SECONDS)
        self.type("stty -echo", START_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        process = self._process
        assert process is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(self._end)

    def type(self, line: str, timeout: float) -> tuple[int | None, str]:
        """
        Type *line* and wait for the prompt; return the exit code and what was printed.

        The code is None where the shell wants to hear more.
        """
        self.send(f"{line}\n")
        return self.prompted(timeout)

    def folder(self) -> str:
        """Return the folder that the shell is in."""
        return self.type("pwd", START_SECONDS)[1].strip()

    def prompted(self, timeout: float) -> tuple[int | None, str]:
        """Wait for the prompt; return the exit code and what was printed before."""
        shown = self.read_until(_prompted, timeout)
        if (prompt := PROMPT.search(shown)) is None:
            return None, MORE.sub("", shown)
        return int(prompt["code"]), shown[: prompt.start()]

    def send(self, keys: str) -> None:
        """Press *keys*."""
        rest = keys.encode()
        while rest:
            rest = rest[os.write(self._end, rest) :]

    def read_until(self, is_enough: Callable[[str], bool], timeout: float) -> str:
        """
        Read until *is_enough*, or the shell prompts; return what was shown since the last time.

        Raises:
            TerminalError: neither was so in time.
        """
        end = time.monotonic() + timeout
        while not is_enough(self._shown) and not _prompted(self._shown):
            ready, _, _ = select.select([self._end], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TerminalError(f"after {timeout:g} s it shows\n{self._shown}")
            try:
                read = os.read(self._end, AT_ONCE)
            except OSError:  # nobody is left at the other end
                raise TerminalError(f"it has ended, and showed\n{self._shown}") from None
            self._shown += self._decoder.decode(read)
        shown, self._shown = self._shown, ""
        return shown


def _prompted(shown: str) -> bool:
    return PROMPT.search(shown) is not None or MORE.search(shown) is not None


def is_prompted(shown: str) -> bool:
    """Tell whether the shell waits for a command at the end of *shown*."""
    return PROMPT.search(shown) is not None
