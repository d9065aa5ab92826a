"""Forward what local workers print to where this process prints."""

from __future__ import annotations

import atexit
import os
import selectors
import sys
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal

TAIL_LINES: Final = 20
"""Lines kept of each worker, for the error that tells of its end."""

CHUNK: Final = 1 << 16
LONGEST_LINE: Final = 1 << 16
"""Bytes after which a line is forwarded in pieces."""

CLOSE_SECONDS: Final = 1.0
"""What the last output may take when the interpreter ends, should the terminal be stuck."""

LAST_READS: Final = 64
"""Reads of a pipe that a stranger keeps open after its worker's end."""


class WorkerOutput:
    """What one worker has printed."""

    def __init__(self) -> None:
        self.ended: Future[None] = Future()
        """Done when all that the worker has printed is forwarded."""
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    @property
    def tail(self) -> str:
        """The last lines."""
        return "\n".join(self._tail)

    def keep(self, text: str) -> None:
        """Remember the lines of *text* among the last ones."""
        self._tail.extend(text.splitlines())


@dataclass(slots=True, eq=False)
class _Pipe:
    fd: int
    stream: Literal["stdout", "stderr"]
    owner: WorkerOutput
    begun: bytearray = field(default_factory=bytearray)
    is_mid_line: bool = False


class OutputRelay:
    """
    Reads the pipes of all workers of this process, in one thread.

    A thread and no event loop: a worker must not wait for a full pipe because the
    application's loop is busy. It lives as long as there are pipes. Whole lines go to
    what `sys.stdout` and `sys.stderr` are at that moment, so notebooks and redirections
    get them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._selector: selectors.BaseSelector | None = None
        self._wake: tuple[int, int] = (-1, -1)
        self._news: list[_Pipe | WorkerOutput] = []
        self._thread: threading.Thread | None = None
        self._closing = False

    def attach(self, stdout: int, stderr: int) -> WorkerOutput:
        """Forward what comes from these two descriptors, which are the relay's from now on."""
        output = WorkerOutput()
        os.set_blocking(stdout, False)
        os.set_blocking(stderr, False)
        self._tell(_Pipe(stdout, "stdout", output), _Pipe(stderr, "stderr", output))
        return output

    def finish(self, output: WorkerOutput) -> None:
        """
        Forward what is left of a worker that has ended, then set *output.ended*.

        Processes that the worker left behind may hold its pipes; what they print later is
        still forwarded.
        """
        self._tell(output)

    def close(self) -> None:
        """Forward what there is, and nothing any more; called when the interpreter ends."""
        with self._lock:
            self._closing = True
            thread = self._thread
            if thread is not None:
                os.write(self._wake[1], b"\0")
        if thread is not None:
            thread.join(CLOSE_SECONDS)

    def _tell(self, *news: _Pipe | WorkerOutput) -> None:
        with self._lock:
            self._news.extend(news)
            if self._thread is None:
                self._start()
            os.write(self._wake[1], b"\0")

    def _start(self) -> None:
        self._wake = os.pipe()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake[0], selectors.EVENT_READ, None)
        self._thread = threading.Thread(target=self._run, name="wool-output", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        selector = self._selector
        assert selector is not None
        while not self._is_over(selector):
            for key, _ in selector.select():
                if key.data is None:
                    os.read(key.fd, CHUNK)
                else:
                    self._read(selector, key.data)
            with self._lock:
                news, self._news = self._news, []
            for item in news:
                if isinstance(item, _Pipe):
                    selector.register(item.fd, selectors.EVENT_READ, item)
                else:
                    self._end(selector, item)
            if self._closing:
                self._exhaust(selector, _pipes(selector))

    def _is_over(self, selector: selectors.BaseSelector) -> bool:
        with self._lock:
            only_wake = len(selector.get_map()) == 1
            if self._news or not (only_wake or self._closing):
                return False
            selector.close()
            for fd in self._wake:
                os.close(fd)
            self._selector = self._thread = None
            return True

    def _end(self, selector: selectors.BaseSelector, output: WorkerOutput) -> None:
        self._exhaust(selector, [pipe for pipe in _pipes(selector) if pipe.owner is output])
        output.ended.set_result(None)

    def _exhaust(self, selector: selectors.BaseSelector, pipes: Iterable[_Pipe]) -> None:
        """Forward what is in *pipes* now, and lines that have only begun."""
        for pipe in pipes:
            for _ in range(LAST_READS):
                if not self._read(selector, pipe):
                    break
            _forward_rest(pipe)

    def _read(self, selector: selectors.BaseSelector, pipe: _Pipe) -> bool:
        """Read once; return whether there may be more at this moment."""
        try:
            piece = os.read(pipe.fd, CHUNK)
        except BlockingIOError:
            return False
        if not piece:
            _forward_rest(pipe)
            selector.unregister(pipe.fd)
            os.close(pipe.fd)
            return False
        pipe.begun += piece
        end = pipe.begun.rfind(b"\n") + 1
        if not end and len(pipe.begun) > LONGEST_LINE:
            end = len(pipe.begun)
        if end:
            whole = bytes(pipe.begun[:end])
            del pipe.begun[:end]
            _forward(pipe, whole)
        return True


def _pipes(selector: selectors.BaseSelector) -> list[_Pipe]:
    return [key.data for key in selector.get_map().values() if key.data is not None]


def _forward_rest(pipe: _Pipe) -> None:
    if pipe.begun or pipe.is_mid_line:
        rest = bytes(pipe.begun) + b"\n"
        pipe.begun.clear()
        _forward(pipe, rest)


def _forward(pipe: _Pipe, lines: bytes) -> None:
    pipe.is_mid_line = not lines.endswith(b"\n")
    text = lines.decode("utf-8", "replace")
    pipe.owner.keep(text)
    target = sys.stdout if pipe.stream == "stdout" else sys.stderr
    # Whatever stands there is the application's and may raise anything: reading goes on.
    with suppress(Exception):
        try:
            target.write(text)
        except UnicodeEncodeError:
            known = target.encoding or "ascii"
            target.write(text.encode(known, "backslashreplace").decode(known))
        target.flush()


class _Process:
    """What this process has; a forked one starts over."""

    lock = threading.Lock()
    relay: OutputRelay | None = None


def relay() -> OutputRelay:
    """
    Return the relay of this process.

    One for all workers: they share the two streams it writes to, and nothing composes a
    process in which users make workers of their own.
    """
    with _Process.lock:
        if _Process.relay is None:
            _Process.relay = OutputRelay()
            # A thread that writes while the interpreter ends would abort it.
            atexit.register(_close)
            os.register_at_fork(after_in_child=_forget)
        return _Process.relay


def _close() -> None:
    if _Process.relay is not None:
        _Process.relay.close()


def _forget() -> None:
    # The pipes came along, the thread did not. Registered once: never back to None.
    _Process.lock = threading.Lock()
    _Process.relay = OutputRelay()
