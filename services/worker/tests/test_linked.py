"""The worker program as a parent starts it."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from program_starts import Start

from wool_common.link import ParentLink
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.startup import StartConfig, StartFailure, StopOrder


class Linked:
    """A worker whose parent is the test."""

    def __init__(self, start: Start, folder: Path) -> None:
        self.link, theirs = ParentLink.pair()
        with theirs:
            fd = theirs.fileno()
            self.process: subprocess.Popen[str] = start("--link", str(fd), fds=(fd,))
        self.folder = folder
        folder.mkdir(mode=0o700)

    def tell(self, deed: str = "serve", **told: object) -> WorkerMetadata | StartFailure:
        """Send the configuration; return the worker's answer."""
        facts: dict[str, object] = {
            "uid": WorkerId("w-1"),
            "sys_path": tuple(standard_library()),
            "socket_path": str(self.folder / "w"),
            "extra": {"do": deed},
            **told,
        }
        self.link.send(StartConfig(**facts))  # pyright: ignore[reportArgumentType]
        return self.link.receive(timeout=20)

    def end(self) -> tuple[int, str, str]:
        """Wait for the end; return the exit code and what was printed."""
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err


@pytest.fixture
def linked(start: Start, tmp_path: Path) -> Iterator[Linked]:
    made = Linked(start, tmp_path / "private")
    yield made
    made.link.close()


def test_worker_tells_its_parent_when_it_serves(linked: Linked) -> None:
    """The metadata is the answer to the configuration."""
    ready = linked.tell()

    assert ready == WorkerMetadata(uid=WorkerId("w-1"), address=f"unix:{linked.folder}/w")


def test_worker_needs_neither_flags_nor_log_to_start(linked: Linked) -> None:
    """Structlog would double the time it takes to start."""
    linked.tell()
    linked.link.send(StopOrder(0.0))

    _, out, _ = linked.end()
    assert out.startswith(f"ready unix:{linked.folder}/w False\n")


@pytest.mark.parametrize(
    ("order", "line"),
    [(StopOrder(3.0), "stopping within 3 s: its parent asked\n"), (StopOrder(0.0), "within 0 s")],
)
def test_worker_follows_its_parents_order(linked: Linked, order: StopOrder, line: str) -> None:
    """It drains within the ordered grace, ends well, and leaves nothing behind."""
    linked.tell()
    assert (linked.folder / "w").exists()

    linked.link.send(order)

    code, out, err = linked.end()
    assert (code, err) == (0, "")
    assert line in out
    assert not linked.folder.exists()


def test_later_order_shortens_the_grace(linked: Linked) -> None:
    """A parent in a hurry need not wait for what it granted before."""
    linked.tell("linger")

    linked.link.send(StopOrder(3600.0))
    linked.link.send(StopOrder(0.0))

    code, out, _ = linked.end()
    assert (code, "lingered" in out) == (0, True)


def test_interrupts_are_the_parents_business(linked: Linked) -> None:
    """SIGINT does nothing to a worker with a parent."""
    linked.tell()

    linked.process.send_signal(signal.SIGINT)
    linked.link.send(StopOrder(1.0))

    code, out, _ = linked.end()
    assert (code, "its parent asked" in out) == (0, True)


def test_signal_once_the_grace_is_over_ends_at_once(linked: Linked) -> None:
    """One SIGTERM is enough for a worker that should have ended already."""
    linked.tell("overdue")
    linked.link.send(StopOrder(0.0))
    assert linked.process.stdout is not None
    for line in linked.process.stdout:
        if "stopping" in line:
            break

    linked.process.terminate()

    assert linked.end()[0] == 128 + signal.SIGTERM
    assert not linked.folder.exists()


@pytest.mark.parametrize("deed", ["serve", "linger", "block", "hold", "executor", "overdue"])
def test_worker_ends_with_its_parent(linked: Linked, deed: str) -> None:
    """Within a second and a little, whatever it does, and it removes its socket."""
    linked.tell(deed)

    began = time.monotonic()
    linked.link.close()

    linked.end()
    assert time.monotonic() - began < 2.0
    assert not linked.folder.exists()


def test_forks_of_a_worker_heed_signals_as_usual(linked: Linked) -> None:
    """What a routine forks can be terminated, and does not drain in the worker's place."""
    linked.tell("fork")
    linked.link.send(StopOrder(0.0))

    code, out, _ = linked.end()
    assert code == 0
    assert f"{-signal.SIGTERM} 7\n" in out


def test_parent_that_ends_before_it_says_anything(linked: Linked) -> None:
    """A worker without a configuration ends with one line."""
    linked.link.close()

    assert linked.end() == (1, "", "wool-worker: --link: the other process is gone\n")


def test_parent_that_stops_before_it_starts(linked: Linked) -> None:
    """An order needs a worker."""
    linked.link.send(StopOrder(0.0))

    code, _, err = linked.end()
    assert (code, err.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("deed", "told", "text"),
    [
        ("refuse", {}, "cannot listen on the moon"),
        ("break", {}, "ZeroDivisionError: a defect"),
        ("serve", {"backpressure": b"junk"}, "UnpicklingError: "),
    ],
)
def test_parent_is_told_why_the_worker_cannot_start(
    linked: Linked, deed: str, told: dict[str, object], text: str
) -> None:
    """The reason is a message, and the exit code says failure."""
    answer = linked.tell(deed, **told)

    assert isinstance(answer, StartFailure)
    assert answer.text.startswith(text)
    assert linked.end()[0] == 1


def test_worker_imports_as_its_parent_does(linked: Linked, tmp_path: Path) -> None:
    """Its path is the parent's, in the parent's order, and so is PYTHONPATH."""
    module = tmp_path / "beside" / "beside_the_script.py"
    module.parent.mkdir()
    module.write_text("import os, sys\nprint(sys.path, os.environ.get('PYTHONPATH'))\n")
    beside = pickle.dumps(ImportsWhenOpened())

    linked.tell(sys_path=(str(module.parent), *standard_library()), backpressure=beside)

    linked.link.send(StopOrder(0.0))
    _, out, _ = linked.end()
    assert out.startswith(f"{[str(module.parent), *standard_library()]} None\n")


class ImportsWhenOpened:
    """A pickle that imports a module when it is opened."""

    def __reduce__(self) -> tuple[object, ...]:
        return __import__, ("beside_the_script",)


def standard_library() -> list[str]:
    """Return what a stub worker still imports from after it has its path."""
    paths = sysconfig.get_paths()
    return [paths["stdlib"], f"{paths['platstdlib']}/lib-dynload", paths["purelib"]]
