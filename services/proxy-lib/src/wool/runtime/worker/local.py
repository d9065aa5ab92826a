"""A worker that is a process on this machine."""

from __future__ import annotations

import asyncio
import math
import os
import warnings
from collections.abc import Callable, Collection
from typing import Final

import cloudpickle  # pyright: ignore[reportMissingTypeStubs]

from wool.runtime.checks import checked_credentials
from wool.runtime.outside import user_level
from wool.runtime.worker import interpreter
from wool.runtime.worker.base import Worker, WorkerOptions, require_text
from wool.runtime.worker.process import PROGRAM, WorkerExit, WorkerProcess
from wool_common.backpressure import BackpressureLike
from wool_common.credentials import CredentialsLike
from wool_common.deadline import Deadline
from wool_common.errors import InsecureWorkerWarning, SerializationError, WorkerStartError
from wool_common.flag_values import NO, YES
from wool_common.metadata import WorkerMetadata
from wool_common.providers import packed
from wool_common.startup import GRACE, LOG_LEVELS, LOOPS, StartConfig, is_loopback

START_SECONDS: Final = 60.0
"""What a worker may take to be ready, unless told otherwise."""

ORDER_MARGIN: Final = 2.0
"""What a worker may take beyond its grace before it gets a signal."""

SIGNAL_SECONDS: Final = 2.0
"""What a worker may take after SIGTERM before it is killed."""

KILL_SECONDS: Final = 5.0
"""What the kernel may take to end a killed process before it is given up."""


class LocalWorker(Worker):
    """
    Runs routines in a process of its own on this machine.

    Without *host* it listens on a Unix socket that only this user can reach; with one, on
    *port*, 0 being any free one. *backpressure* is pickled by value where needed. The
    process ends with this one, however that ends.
    """

    program = PROGRAM
    """The module that is started."""

    def __init__(
        self,
        *tags: str,
        host: str | None = None,
        port: int = 0,
        credentials: CredentialsLike | None = None,
        options: WorkerOptions | None = None,
        backpressure: BackpressureLike | None = None,
        shutdown_grace_period: float = GRACE,
        **extra: str,
    ) -> None:
        super().__init__(*tags, **extra)
        if host is not None:
            require_text("host", host)
        _require_port(port)
        if port and host is None:
            raise ValueError("port needs host: without one, the worker listens on a Unix socket")
        _require_grace(shutdown_grace_period)
        if options is not None and not isinstance(options, WorkerOptions):
            raise TypeError(f"options must be WorkerOptions, not {options!r}")
        if backpressure is not None and not callable(backpressure):
            raise TypeError(f"backpressure must be callable, not {backpressure!r}")
        self._credentials = checked_credentials(credentials)
        if host is not None and not is_loopback(host) and _answers_all(self._credentials):
            remedy = (
                "give credentials=WorkerCredentials.from_files(...)"
                if credentials is None
                else "have clients show a certificate too (mutual=True)"
            )
            warnings.warn(
                f"anyone who reaches {host} can run code in this worker: {remedy}, or leave host"
                " out",
                InsecureWorkerWarning,
                stacklevel=user_level(),
            )
        self._host = host
        self._port = port
        self._options = options
        self._backpressure = backpressure
        self._grace = shutdown_grace_period
        self._process: WorkerProcess | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process; None before it is started."""
        return None if self._process is None else self._process.pid

    def on_exit(self, callback: Callable[[WorkerExit], None]) -> None:
        """
        Have *callback* called once the process has ended, for whatever reason.

        It runs on the event loop that started the worker, and not at all where that loop
        has been closed by then.

        Raises:
            RuntimeError: the worker is not started.
        """
        process, loop = self._process, self._loop
        if process is None or loop is None:
            raise RuntimeError("this worker is not started")
        process.exit.add_done_callback(lambda end: _call_on(loop, callback, end.result()))

    async def exited(self) -> WorkerExit:
        """
        Wait for the end of the process, from any event loop.

        Raises:
            RuntimeError: the worker is not started.
        """
        if self._process is None:
            raise RuntimeError("this worker is not started")
        return await asyncio.wrap_future(self._process.exit)

    def kill(self) -> None:
        """End the process, and those it has started, at once."""
        if self._process is not None:
            self._process.kill()

    async def _start(self, timeout: float | None) -> WorkerMetadata:
        limit = START_SECONDS if timeout is None else timeout
        process = WorkerProcess(self._config(), program=self.program)
        try:
            async with asyncio.timeout(limit):
                metadata = await asyncio.wrap_future(process.ready)
        except TimeoutError:
            process.kill()
            end = await asyncio.wrap_future(process.exit)
            text = f"the worker was not ready within {limit:g} s"
            raise WorkerStartError(text, returncode=end.returncode, output=end.output) from None
        except BaseException:
            process.kill()
            raise
        self._process = process
        self._loop = asyncio.get_running_loop()
        return metadata

    async def _stop(self, grace: float | None, timeout: float | None) -> None:
        process = self._process
        if process is None:
            return
        deadline = Deadline.after(math.inf if timeout is None else timeout)
        seconds = self._grace if grace is None else grace
        try:
            ordered = process.order_stop(min(seconds, deadline.remaining()))
            if await _ended(process, seconds + ORDER_MARGIN if ordered else 0.0, deadline):
                return
            if deadline.remaining():
                process.terminate()
            await _ended(process, SIGNAL_SECONDS, deadline)
        finally:
            process.kill()
        await _ended(process, KILL_SECONDS, Deadline.after(KILL_SECONDS))

    def _config(self) -> StartConfig:
        options, hook, credentials = self._options, self._backpressure, self._credentials
        return StartConfig(
            uid=self.uid,
            sys_path=interpreter.module_path(),
            python_path=os.environ.get("PYTHONPATH"),
            tags=self.tags,
            extra=self.extra,
            host=self._host,
            port=self._port,
            credentials=None if credentials is None else packed(credentials),
            backpressure=None if hook is None else _pickled("backpressure", hook),
            shutdown_grace_period=self._grace,
            options=() if options is None else options.arguments(),
            traces=_chosen("WOOL_TRACES", YES | NO, "no") in YES,
            log_level=_chosen("WOOL_LOG_LEVEL", LOG_LEVELS, "warning"),
            log_format=_chosen("WOOL_LOG_FORMAT", ("json", "console"), "console"),
            loop=_chosen("WOOL_LOOP", LOOPS, "auto"),
        )


def _require_port(port: object) -> None:
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"port must be a number, not {port!r}")
    if not 0 <= port <= 65535:
        raise ValueError(f"port must be from 0 to 65535, not {port}")


def _require_grace(seconds: object) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"shutdown_grace_period is a number of seconds, not {seconds!r}")
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(f"shutdown_grace_period must not be negative, not {seconds}")


def _answers_all(credentials: CredentialsLike | None) -> bool:
    """Tell whether a worker with *credentials* answers clients that show no certificate."""
    return credentials is None or not credentials.current().mutual


async def _ended(process: WorkerProcess, seconds: float, deadline: Deadline) -> bool:
    limit = min(seconds, deadline.remaining())
    if process.exit.done():
        return True
    try:
        async with asyncio.timeout(None if math.isinf(limit) else limit):
            await asyncio.wrap_future(process.exit)
    except TimeoutError:
        return False
    return True


def _call_on(
    loop: asyncio.AbstractEventLoop, callback: Callable[[WorkerExit], None], end: WorkerExit
) -> None:
    try:
        loop.call_soon_threadsafe(callback, end)
    except RuntimeError:
        if not loop.is_closed():
            raise


def _pickled(name: str, value: object) -> bytes:
    try:
        return cloudpickle.dumps(value)  # pyright: ignore[reportUnknownMemberType]
    except Exception as exc:
        raise SerializationError(f"{name} cannot be pickled: {exc}", path=name) from exc


def _chosen(variable: str, words: Collection[str], default: str) -> str:
    word = os.environ.get(variable, "").strip().lower() or default
    if word not in words:
        raise WorkerStartError(
            f"the environment variable {variable} must be one of {', '.join(words)}, not {word!r}"
        )
    return word
