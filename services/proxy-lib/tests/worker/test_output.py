"""What workers print."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from collections.abc import Iterator

import pytest
from local_workers import Make

from wool.runtime.worker.output import LONGEST_LINE, OutputRelay, WorkerOutput


class Printer:
    """The two streams of something that prints, and where that ends."""

    def __init__(self, relay: OutputRelay) -> None:
        out_reader, self.out = os.pipe()
        err_reader, self.err = os.pipe()
        self._relay = relay
        self.output: WorkerOutput = relay.attach(out_reader, err_reader)

    def finish(self) -> None:
        self._relay.finish(self.output)
        self.output.ended.result(5)

    def close(self) -> None:
        os.close(self.out)
        os.close(self.err)


@pytest.fixture
def relay() -> Iterator[OutputRelay]:
    yield OutputRelay()
    for thread in threading.enumerate():
        if thread.name == "wool-output":
            thread.join(5)
            assert not thread.is_alive()


def test_both_streams_go_to_their_likes(
    relay: OutputRelay, capsys: pytest.CaptureFixture[str]
) -> None:
    """Output stays output, errors stay errors; an end without a newline gets one."""
    printer = Printer(relay)

    os.write(printer.out, "größe\nun".encode())
    os.write(printer.err, b"oh\n")
    os.write(printer.out, b"finished")
    printer.close()
    printer.finish()

    assert capsys.readouterr() == ("größe\nunfinished\n", "oh\n")


def test_lines_stay_whole_when_they_arrive_in_pieces(
    relay: OutputRelay, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two that print a line at the same time do not get mixed."""
    one, other = Printer(relay), Printer(relay)

    for piece in (b"a", b"b", b"c\n"):
        os.write(one.out, piece)
        os.write(other.out, piece.upper())
    for printer in (one, other):
        printer.close()
        printer.finish()

    assert sorted(capsys.readouterr().out.splitlines()) == ["ABC", "abc"]


def test_what_is_no_text_is_replaced(
    relay: OutputRelay, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that writes bytes does no harm."""
    printer = Printer(relay)

    os.write(printer.out, b"\xff\xfe!\n")
    printer.close()
    printer.finish()

    assert capsys.readouterr().out == "\ufffd\ufffd!\n"


def test_replaced_stream_gets_what_is_printed_from_then_on(
    relay: OutputRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notebooks and redirections put an object of their own in place of the terminal."""
    printer = Printer(relay)
    notebook = io.StringIO()
    monkeypatch.setattr(sys, "stdout", notebook)

    os.write(printer.out, b"in the notebook\n")
    printer.close()
    printer.finish()

    assert notebook.getvalue() == "in the notebook\n"


def test_stream_that_knows_few_letters_gets_escapes(
    relay: OutputRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is lost because a terminal cannot show it."""
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="ascii"))
    printer = Printer(relay)

    os.write(printer.out, "Grüße\n".encode())
    printer.close()
    printer.finish()

    assert shown.getvalue() == b"Gr\\xfc\\xdfe\n"


@pytest.mark.parametrize("stream", [None, "broken"])
def test_missing_or_broken_stream_does_not_stop_the_reading(
    relay: OutputRelay, stream: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker never waits because nobody wants to see what it prints."""
    broken = io.StringIO()
    broken.close()
    monkeypatch.setattr(sys, "stdout", None if stream is None else broken)
    printer = Printer(relay)

    for number in range(3000):
        os.write(printer.out, f"line {number} {'x' * 100}\n".encode())
    printer.close()
    printer.finish()

    assert printer.output.tail.startswith("line 2980 ")


def test_line_without_end_is_forwarded_in_pieces(
    relay: OutputRelay, capsys: pytest.CaptureFixture[str]
) -> None:
    """Memory stays bounded, and nothing is lost."""
    printer = Printer(relay)
    size = 5 * LONGEST_LINE + 7

    left = memoryview(b"x" * size)
    while left:
        left = left[os.write(printer.out, left) :]
    printer.close()
    printer.finish()

    assert capsys.readouterr().out == "x" * size + "\n"


def test_stranger_that_keeps_the_pipe_is_not_waited_for(
    relay: OutputRelay, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a worker started may outlive it; what was printed until then is there."""
    printer = Printer(relay)
    os.write(printer.out, b"last words")

    printer.finish()
    assert capsys.readouterr().out == "last words\n"
    os.write(printer.out, b"a stranger\n")
    printer.close()
    for thread in threading.enumerate():
        if thread.name == "wool-output":
            thread.join(5)

    assert capsys.readouterr().out == "a stranger\n"


def test_relay_serves_again_after_a_rest(
    relay: OutputRelay, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its thread ends with the last pipe; the next worker gets another."""
    for text in (b"first\n", b"second\n"):
        printer = Printer(relay)
        os.write(printer.out, text)
        printer.close()
        printer.finish()

    assert capsys.readouterr().out == "first\nsecond\n"


def test_closed_relay_forwards_nothing_more(
    relay: OutputRelay, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the interpreter ends, no thread may write; what was printed before is not lost."""
    printer = Printer(relay)

    os.write(printer.out, b"in time")
    relay.close()
    os.write(printer.out, b"too late\n")
    printer.close()
    late = Printer(relay)
    late.close()
    relay.finish(late.output)

    assert late.output.ended.result(5) is None
    assert capsys.readouterr().out == "in time\n"


async def test_workers_that_print_at_once_do_not_mix_lines(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """All lines of all workers arrive, whole and in order, though the loop is blocked."""
    workers = [make(do="print") for _ in range(4)]
    for worker in workers:
        await worker.start()
    for worker in workers:
        await worker.stop()

    lines = [line for line in capsys.readouterr().out.splitlines() if " line " in line]
    for worker in workers:
        mine = [line for line in lines if line.startswith(worker.uid)]
        assert mine == [f"{worker.uid} line {n} {'x' * 100}" for n in range(2000)]
    assert len(lines) == 8000


async def test_worker_speaks_utf8_whatever_its_locale(
    make: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The C locale of a container does not garble names."""
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("PYTHONCOERCECLOCALE", "0")

    async with make(do="stderr"):
        pass

    assert re.search("^äöü on stderr$", capsys.readouterr().err, re.MULTILINE)
