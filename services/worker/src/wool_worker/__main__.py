"""Start a worker, from the shell or by a parent process."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import threading
import traceback
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Final, Protocol

from wool_common import logs, sockets
from wool_common.errors import ProtocolViolation, WoolError
from wool_common.link import ChildLink
from wool_common.startup import StartConfig
from wool_worker.config import WorkerConfig, from_parent
from wool_worker.loop import new_loop
from wool_worker.parent import ParentWatch
from wool_worker.stopping import StopSignals

PROGRAM: Final = "wool-worker"
LINK_FLAG: Final = "--link"
"""How a parent passes its descriptor; no flag for people, so the help leaves it out."""
STDIN_FLAG: Final = "--start-config-stdin"
"""How whoever starts a container says what it is about to tell; no flag for people either."""

CONFIG_SECONDS: Final = 30.0
OVERDUE_SECONDS: Final = 5.0
"""What is left to the worker's own drain after the grace."""
EXIT_SECONDS: Final = 2.0
"""What the interpreter's own end may take, e.g. for threads that routines left behind."""


class Run(Protocol):
    """Serves until *stop* is requested, then drains."""

    def __call__(
        self, config: WorkerConfig, *, link: ChildLink | None, stop: StopSignals
    ) -> Awaitable[None]: ...


def main(argv: Sequence[str] | None = None, *, run: Run | None = None) -> int:
    """
    Run a worker and return the exit code; *run* stands in for `wool_worker.app.run`.

    `--link FD`, alone, takes the configuration from the parent at the other end;
    `--start-config-stdin`, beside other flags, most of it from standard input.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if LINK_FLAG in arguments:
        _write_lines(encoding="utf-8")
        return _from_parent(arguments, run)
    _write_lines(encoding=None)
    return _from_shell(arguments, run)


def _from_shell(arguments: Sequence[str], run: Run | None) -> int:
    # A worker with a parent needs neither, and its start is to be short.
    from wool_worker.cli import parse
    from wool_worker.modules import load

    if STDIN_FLAG in arguments:
        return _from_stdin([said for said in arguments if said != STDIN_FLAG], run)
    try:
        config, answers = parse(arguments, os.environ)
        stop = StopSignals(config.shutdown_grace_period)
        stop.listen(linked=False)
        config = load(config, answers)
    except ValueError as exc:
        return _refuse(exc, 2)
    return _serve(config, None, stop, run)


def _from_stdin(arguments: Sequence[str], run: Run | None) -> int:
    from wool_common.start_stdin import read_start
    from wool_worker.cli import parse
    from wool_worker.modules import load
    from wool_worker.told import as_told, undecided

    try:
        told = read_start(sys.stdin.buffer)
        config, answers = parse(arguments, undecided(os.environ))
        stop = StopSignals(told.shutdown_grace_period)
        stop.listen(linked=False)
        config = load(config, answers)
    except (ValueError, ProtocolViolation) as exc:
        return _refuse(exc, 2)
    try:
        said = answers.one("--log-level", str.lower, None)
        config = as_told(config, told, log_level=said)
    except Exception as exc:  # noqa: BLE001  a pickle raises whatever it likes while it is opened
        return _report(exc, None)
    return _serve(config, None, stop, run)


def _from_parent(arguments: Sequence[str], run: Run | None) -> int:
    try:
        flag, descriptor = arguments
        link = ChildLink.inherited(int(descriptor) if flag == LINK_FLAG else -1)
    except (ValueError, OSError):
        return _refuse(f"{LINK_FLAG}: takes the descriptor of a parent's link, and no flag else", 2)
    try:
        told = link.receive(CONFIG_SECONDS)
    except (EOFError, TimeoutError, ProtocolViolation) as exc:
        return _refuse(f"{LINK_FLAG}: {exc}", 1)
    if not isinstance(told, StartConfig):
        return _refuse(f"{LINK_FLAG}: told to stop before being told how to start", 1)
    stop = StopSignals(told.shutdown_grace_period)
    stop.listen(linked=True)
    ParentWatch(link, stop).start()
    _import_as_parent_does(told)
    try:
        config = from_parent(told)
    except Exception as exc:  # noqa: BLE001  a pickle raises whatever it likes while it is opened
        return _report(exc, link)
    return _serve(config, link, stop, run)


def _serve(config: WorkerConfig, link: ChildLink | None, stop: StopSignals, run: Run | None) -> int:
    def remove_socket() -> None:
        if config.socket_path is not None:
            sockets.remove(config.socket_path, with_folder=link is not None)

    stop.before_end(remove_socket)
    logs.choose(config.log_level, config.log_format, worker=config.uid)
    try:
        if run is None:
            from wool_worker.app import run
        with asyncio.Runner(loop_factory=lambda: new_loop(config.loop)) as runner:
            runner.run(_run_guarded(run, config, link, stop))
    except Exception as exc:  # noqa: BLE001  the last place where it can be told
        return _report(exc, link)
    finally:
        remove_socket()
    return 0


async def _run_guarded(
    run: Run, config: WorkerConfig, link: ChildLink | None, stop: StopSignals
) -> None:
    guard = asyncio.create_task(_end_overdue(stop), name="end-overdue")
    code = 1
    try:
        await run(config, link=link, stop=stop)
        code = 0
    finally:
        guard.cancel()
        late = threading.Timer(EXIT_SECONDS, stop.end_now, (code,))
        late.daemon = True
        late.start()


async def _end_overdue(stop: StopSignals) -> None:
    await stop.over()
    await asyncio.sleep(OVERDUE_SECONDS)
    _refuse(f"did not end within {OVERDUE_SECONDS:g} s after the grace; ends now", 1)
    stop.end_now(1)


def _import_as_parent_does(told: StartConfig) -> None:
    sys.path[:] = told.sys_path
    if told.python_path is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = told.python_path


def _write_lines(*, encoding: str | None) -> None:
    """Let what routines print leave line by line, also into a pipe."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding, errors="backslashreplace", line_buffering=True)


def _refuse(reason: object, code: int) -> int:
    print(f"{PROGRAM}: {reason}", file=sys.stderr)
    return code


def _report(exc: Exception, link: ChildLink | None) -> int:
    """Tell the parent, or whoever reads standard error, why there is no worker."""
    foreseen = isinstance(exc, OSError | WoolError)
    if not foreseen:
        traceback.print_exception(exc)
    if link is not None:
        with suppress(EOFError, ProtocolViolation):
            link.fail(str(exc) if foreseen else f"{type(exc).__name__}: {exc}")
    elif foreseen:
        _refuse(exc, 1)
    return 1


if __name__ == "__main__":
    sys.exit(main())
