"""The worker program as a shell starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from program_starts import STUB, Start

from wool_common.metadata import VERSION

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


def next_line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().rstrip()


def rest(worker: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the end; return the exit code and what was still printed."""
    out, err = worker.communicate(timeout=20)
    return worker.returncode, out, err


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("number", SIGNALS)
def test_first_signal_drains(start: Start, number: signal.Signals, loop: str) -> None:
    """A worker that is asked to stop ends well, with the configured grace."""
    worker = start("--grace", "7", "--loop", loop)
    assert next_line(worker).startswith("ready 127.0.0.1:50051")

    worker.send_signal(number)

    code, out, err = rest(worker)
    assert (code, err) == (0, "")
    assert out == f"stopping within 7 s: {number.name}\n"


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("second", SIGNALS)
def test_second_signal_ends_at_once(
    start: Start, second: signal.Signals, loop: str, tmp_path: Path
) -> None:
    """Nobody waits for a drain that was asked for twice; the socket is removed."""
    socket_path = tmp_path / "w"
    flags = ("--socket", str(socket_path), "--extra", "do=linger", "--loop", loop)
    worker = start(*flags)
    next_line(worker)
    assert socket_path.exists()
    worker.send_signal(signal.SIGTERM)
    assert next_line(worker) == "stopping within 60 s: SIGTERM"

    worker.send_signal(second)

    assert rest(worker) == (128 + second, "", "")
    assert not socket_path.exists()


def test_signals_are_heard_while_the_loop_is_blocked(start: Start) -> None:
    """A stuck server does not make the worker deaf."""
    worker = start("--extra", "do=block")
    next_line(worker)

    worker.send_signal(signal.SIGTERM)
    while worker.poll() is None:  # two signals of one kind that wait together are one
        worker.send_signal(signal.SIGTERM)
        time.sleep(0.01)

    assert rest(worker)[0] == 128 + signal.SIGTERM


def test_ignored_interrupts_stay_ignored(environ: dict[str, str]) -> None:
    """A job that a shell has put into the background does not end with the shell's Ctrl-C."""
    command = "trap '' INT HUP; exec \"$@\""
    worker = subprocess.Popen(
        ["/bin/sh", "-c", command, "sh", sys.executable, str(STUB)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    )
    next_line(worker)

    worker.send_signal(signal.SIGINT)
    worker.send_signal(signal.SIGHUP)
    worker.send_signal(signal.SIGTERM)

    code, out, _ = rest(worker)
    assert (code, out) == (0, "stopping within 60 s: SIGTERM\n")


def test_socket_is_removed_and_its_directory_kept(start: Start, tmp_path: Path) -> None:
    """What the user made stays."""
    folder = tmp_path / "sockets"
    folder.mkdir()
    worker = start("--socket", str(folder / "w"))
    next_line(worker)

    worker.terminate()

    assert rest(worker)[0] == 0
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("deed", ["hold", "executor"])
def test_threads_that_routines_left_do_not_hold_the_process(start: Start, deed: str) -> None:
    """A blocked thread delays the end by seconds, not for good."""
    worker = start("--extra", f"do={deed}")
    next_line(worker)

    worker.terminate()

    assert rest(worker)[0] == 0


@pytest.mark.slow
def test_drain_that_never_ends_is_ended(start: Start) -> None:
    """A worker without a parent ends by itself once the grace is long over."""
    worker = start("--grace", "0", "--extra", "do=overdue")
    next_line(worker)

    worker.terminate()

    code, _, err = rest(worker)
    assert (code, err) == (
        1,
        "wool-worker: did not end within 5 s after the grace; ends now\n",
    )


def test_foreseen_failure_is_one_line(start: Start) -> None:
    """What a user can mend needs no traceback."""
    worker = start("--extra", "do=refuse")

    assert rest(worker) == (1, "", "wool-worker: cannot listen on the moon\n")


def test_defect_shows_its_traceback(start: Start) -> None:
    """What a user cannot mend is told in full."""
    code, _, err = rest(start("--extra", "do=break"))

    assert code == 1
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith("ZeroDivisionError: a defect\n")


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["--port", "x"], "--port: must be a whole number from 0 to 65535, not 'x'"),
        (["--prot"], "unrecognized arguments: --prot"),
        (
            ["--preload", "none"],
            "--preload: cannot import none: ModuleNotFoundError: No module named 'none'",
        ),
        (["--link"], "--link: takes the descriptor of a parent's link, and no flag else"),
        (["--link", "x"], "--link: takes the descriptor of a parent's link, and no flag else"),
        (["--link", "77"], "--link: takes the descriptor of a parent's link, and no flag else"),
        (["--link", "0"], "--link: takes the descriptor of a parent's link, and no flag else"),
        (
            ["--link", "3", "--port", "1"],
            "--link: takes the descriptor of a parent's link, and no flag else",
        ),
    ],
)
def test_wrong_flags_end_with_one_line_and_code_2(start: Start, argv: list[str], line: str) -> None:
    """The line names the program, the flag and what is wrong."""
    assert rest(start(*argv)) == (2, "", f"wool-worker: {line}\n")


@pytest.mark.parametrize("flags", [["--help"], ["--version"]])
def test_questions_are_answered_with_code_0(start: Start, flags: list[str]) -> None:
    """Help and version go to standard output."""
    code, out, err = rest(start(*flags))

    assert (code, err) == (0, "")
    assert out.startswith("usage: wool-worker" if flags == ["--help"] else f"wool-worker {VERSION}")


def test_log_lines_are_json_where_nobody_watches(start: Start) -> None:
    """Without a terminal, each event is one JSON object on standard error."""
    worker = start("--extra", "do=log", "--uid", "w")
    next_line(worker)

    worker.terminate()

    _, _, err = rest(worker)
    assert re.fullmatch(
        r'{"answer": 42, "event": "a_line", "worker": "w", "level": "info",'
        r' "timestamp": "[^"]+Z"}\n',
        err,
    )


@pytest.mark.parametrize(("level", "lines"), [("info", 1), ("warning", 0)])
def test_log_level_leaves_lines_out(start: Start, level: str, lines: int) -> None:
    """Events below the level are not written."""
    worker = start("--extra", "do=log", "--log-format", "console", "--log-level", level)
    next_line(worker)

    worker.terminate()

    assert rest(worker)[2].count("a_line") == lines


@pytest.fixture
def terminal(environ: dict[str, str]) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Give a terminal in which a lingering worker runs in the foreground."""
    ours, theirs = os.openpty()
    adopt = "import fcntl,os,sys,termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    worker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"{adopt} os.execv(sys.executable, [sys.executable, *sys.argv[1:]])",
            *(str(STUB), "--extra", "do=linger"),
        ],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environ,
        start_new_session=True,
    )
    os.close(theirs)
    yield ours, worker
    worker.kill()
    worker.wait()
    os.close(ours)


def read_until(terminal: int, text: str) -> str:
    """Read what the terminal shows, up to *text*."""
    seen = ""
    while text not in seen:
        seen += os.read(terminal, 4096).decode()
    return seen


def test_interrupt_key_drains_then_ends(
    terminal: tuple[int, subprocess.Popen[bytes]],
) -> None:
    """Ctrl-C in a terminal asks for a drain, the second one ends the worker at once."""
    keyboard, worker = terminal
    read_until(keyboard, "ready")

    os.write(keyboard, b"\x03")
    shown = read_until(keyboard, "SIGINT")
    assert worker.poll() is None
    os.write(keyboard, b"\x03")

    assert worker.wait(10) == 128 + signal.SIGINT
    assert "stopping within 60 s: SIGINT" in shown
    assert "Traceback" not in shown
