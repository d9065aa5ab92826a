"""One worker process, from its start to its end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from wool.runtime.worker import interpreter
from wool.runtime.worker.folder import SOCKET, private_folder
from wool.runtime.worker.output import WorkerOutput, relay
from wool_common.errors import ProtocolViolation, WorkerStartError
from wool_common.link import ParentLink
from wool_common.metadata import WorkerMetadata
from wool_common.startup import StartConfig, StartFailure, StopOrder

PROGRAM: Final = "wool_worker"
LAST_SECONDS: Final = 2.0
"""What a worker that cannot serve, or lost its link, has to end by itself."""

OUTPUT_SECONDS: Final = 1.0
"""What forwarding the last output may take, should the terminal be stuck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerExit:
    """
    How a worker process ended.

    *returncode* is negative where a signal ended it; *output* holds its last lines.
    """

    returncode: int
    output: str = field(default="", repr=False)

    @property
    def description(self) -> str:
        """Say it in words: `killed by SIGKILL`, `exit code 3`."""
        if self.returncode >= 0:
            return f"exit code {self.returncode}"
        try:
            return f"killed by {signal.Signals(-self.returncode).name}"
        except ValueError:
            return f"killed by signal {-self.returncode}"


class WorkerProcess:
    """
    A started worker; *ready* and *exit* tell, to any thread, how it goes.

    A thread per worker waits for both. So its end is known at once and reaped, whatever
    event loops the application has and whether they are busy or gone.
    """

    def __init__(self, config: StartConfig, *, program: str = PROGRAM) -> None:
        """
        Start the process.

        Raises:
            WorkerStartError: there is nothing to start.
        """
        self.ready: Future[WorkerMetadata] = Future()
        self.exit: Future[WorkerExit] = Future()
        for future in (self.ready, self.exit):
            future.set_running_or_notify_cancel()  # waiting may be cancelled, this not
        self._folder: Path | None = None
        if config.host is None:
            self._folder = private_folder()
            config = replace(config, socket_path=str(self._folder / SOCKET))
        self._link, theirs = ParentLink.pair()
        try:
            with theirs:
                self._process, self._output = _launch(theirs, program)
        except BaseException:
            self._clean()
            raise
        self._watcher = threading.Thread(
            target=self._watch, args=(config,), name=f"wool-worker-{self.pid}", daemon=True
        )
        self._watcher.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def order_stop(self, grace: float) -> bool:
        """Ask the worker to end; return False where it can no longer be asked."""
        try:
            self._link.send(StopOrder(grace))
        except EOFError:
            return False
        return True

    def terminate(self) -> None:
        """Send SIGTERM; nothing happens once the process has ended."""
        if not self.exit.done():
            self._process.terminate()

    def kill(self) -> None:
        """End the worker, and what it has started, at once."""
        if not self.exit.done() and self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            # Here too: this process may end before the thread that waits for the worker's end.
            self._remove_folder()

    def _watch(self, config: StartConfig) -> None:
        failure = self._await_ready(config)
        returncode = self._await_exit(LAST_SECONDS if failure else None)
        output = self._output
        relay().finish(output)
        with suppress(TimeoutError):
            output.ended.result(OUTPUT_SECONDS)
        self._clean()
        ended = WorkerExit(returncode=returncode, output=output.tail)
        self.exit.set_result(ended)
        if failure:
            text = f"{failure} ({ended.description})"
            error = WorkerStartError(text, returncode=returncode, output=ended.output)
            self.ready.set_exception(error)

    def _await_ready(self, config: StartConfig) -> str | None:
        """Return why the worker does not serve, None where it does."""
        try:
            self._link.send(config)
            told = self._link.receive()
        except EOFError:
            return "the worker ended before it was ready"
        except ProtocolViolation as exc:
            return f"the worker could not be told how to start: {exc}"
        if isinstance(told, StartFailure):
            return f"the worker could not start: {told.text}"
        self.ready.set_result(told)
        return None

    def _await_exit(self, limit: float | None) -> int:
        try:
            return self._process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def _clean(self) -> None:
        self._link.close()
        self._remove_folder()

    def _remove_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _launch(theirs: socket.socket, program: str) -> tuple[subprocess.Popen[bytes], WorkerOutput]:
    descriptor = theirs.fileno()
    command: Sequence[str] = (
        interpreter.python(),
        *interpreter.flags(),
        *("-m", program, "--link", str(descriptor)),
    )
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(descriptor,),
            env=interpreter.environment((program, "wool_common"), os.environ),
            # A group of its own: Ctrl-C in a terminal reaches the parent alone.
            process_group=0,
        )
    except OSError as exc:
        raise WorkerStartError(f"cannot start {command[0]}: {exc.strerror}") from exc
    assert process.stdout is not None
    assert process.stderr is not None
    # Copies: the relay closes its own when the pipes end.
    output = relay().attach(os.dup(process.stdout.fileno()), os.dup(process.stderr.fileno()))
    process.stdout.close()
    process.stderr.close()
    return process, output
