"""Ends of local workers, wanted and not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from local_workers import Make, is_alive, until

from wool.runtime.worker.process import WorkerExit

HERE = Path(__file__).parent


async def test_stop_drains_with_the_workers_own_grace(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """All it printed has been forwarded when stop returns, a line without an end too."""
    worker = make(shutdown_grace_period=7)
    await worker.start()

    await worker.stop()

    assert capsys.readouterr().out == "grace 7\nlast words\n"
    end = await worker.exited()
    assert end == WorkerExit(returncode=0, output="grace 7\nlast words")
    assert end.description == "exit code 0"


async def test_stop_with_another_grace(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """What is said at the stop wins."""
    worker = make(shutdown_grace_period=7)
    await worker.start()

    await worker.stop(grace=3)

    assert "grace 3\n" in capsys.readouterr().out


async def test_stop_without_limit(make: Make) -> None:
    """A drain may take for ever, and a worker without tasks still ends at once."""
    worker = make()
    await worker.start()

    await worker.stop(grace=float("inf"))

    assert (await worker.exited()).returncode == 0


async def test_stop_again_does_nothing(make: Make) -> None:
    """A second stop, and one beside the first, are fine."""
    worker = make()
    await worker.start()

    await asyncio.gather(worker.stop(), worker.stop())
    await worker.stop()

    assert (await worker.exited()).returncode == 0


async def test_stop_before_start_is_refused(make: Make) -> None:
    """There is nothing to stop."""
    with pytest.raises(RuntimeError, match="was not started"):
        await make().stop()


@pytest.mark.parametrize("told", [{"grace": -1}, {"timeout": -0.1}, {"grace": float("nan")}])
async def test_negative_times_are_refused(make: Make, told: dict[str, float]) -> None:
    """The argument is named."""
    (name,) = told
    with pytest.raises(ValueError, match=f"{name} must not be negative"):
        await make().stop(**told)


@pytest.mark.slow
@pytest.mark.parametrize("deed", ["deaf", "block"])
async def test_worker_that_does_not_drain_gets_a_signal(make: Make, deed: str) -> None:
    """After the grace and a margin comes SIGTERM, which ends what is overdue."""
    worker = make(do=deed)
    await worker.start()

    await worker.stop(grace=0)

    assert (await worker.exited()).returncode == 128 + signal.SIGTERM


@pytest.mark.slow
async def test_worker_that_does_not_even_heed_signals_is_killed(make: Make) -> None:
    """The last rung needs nobody's consent."""
    worker = make()
    await worker.start()
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGSTOP)

    await worker.stop(grace=0)

    assert (await worker.exited()).description == "killed by SIGKILL"


@pytest.mark.parametrize("timeout", [0, 0.3])
async def test_timeout_caps_the_whole_ladder(make: Make, timeout: float) -> None:
    """A worker that lingers is killed when the time is over."""
    worker = make(do="linger")
    await worker.start()

    began = time.monotonic()
    await worker.stop(grace=60, timeout=timeout)

    assert time.monotonic() - began < timeout + 1
    assert (await worker.exited()).returncode in (0, -9)


async def test_cancelled_stop_kills(make: Make) -> None:
    """Who stops waiting for a drain does not want the worker any more."""
    worker = make(do="linger")
    await worker.start()
    stop = asyncio.create_task(worker.stop())
    await asyncio.sleep(0)

    stop.cancel()

    with pytest.raises(asyncio.CancelledError):
        await stop
    assert (await worker.exited()).description == "killed by SIGKILL"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_crash_is_told_at_once(make: Make, number: signal.Signals) -> None:
    """The callbacks run on the loop, once, with how it ended; stop has nothing to do then."""
    worker = make()
    await worker.start()
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[WorkerExit] = asyncio.Queue()
    worker.on_exit(told.put_nowait)
    assert worker.pid is not None

    began = loop.time()
    os.kill(worker.pid, number)
    end = await told.get()

    assert loop.time() - began < 0.5
    assert end.description == f"killed by {number.name}"
    await worker.stop()
    assert told.empty()


async def test_callback_after_the_end_is_called(make: Make) -> None:
    """Who asks late is told too."""
    worker = make()
    await worker.start()
    await worker.stop()
    told: asyncio.Queue[WorkerExit] = asyncio.Queue()

    worker.on_exit(told.put_nowait)

    assert (await told.get()).returncode == 0


async def test_nothing_to_watch_before_the_start(make: Make) -> None:
    """An unstarted worker has no end."""
    worker = make()

    with pytest.raises(RuntimeError, match="not started"):
        worker.on_exit(print)
    with pytest.raises(RuntimeError, match="not started"):
        await worker.exited()
    worker.kill()


async def test_waiting_for_the_end_can_be_cancelled(make: Make) -> None:
    """Others still learn of it."""
    worker = make()
    await worker.start()
    waiting = asyncio.create_task(worker.exited())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])

    await worker.stop()

    assert (await worker.exited()).returncode == 0


async def test_end_is_known_on_other_loops(make: Make) -> None:
    """A worker may be stopped and waited for elsewhere than where it was started."""
    worker = make()
    await worker.start()

    await asyncio.to_thread(lambda: asyncio.run(worker.stop()))

    assert (await worker.exited()).returncode == 0


async def test_kill_takes_what_the_worker_has_started(make: Make) -> None:
    """Programs that routines run do not outlive a killed worker."""
    worker = make(do="grandchild")
    await worker.start()
    assert worker.pid is not None
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
    await until(lambda: children.read_text() != "")
    (child,) = children.read_text().split()

    worker.kill()

    await worker.exited()
    await until(lambda: not is_alive(int(child)))


PARENT = """
import asyncio, sys
from local_workers import StubWorker

async def main(deed):
    workers = [StubWorker(do=deed) for _ in range(2)]
    await asyncio.gather(*(worker.start() for worker in workers))
    print(*(worker.pid for worker in workers), flush=True)
    {then}

asyncio.run(main(sys.argv[1]))
"""


FORK = "import os, time; os.fork() or (time.sleep(4), os._exit(0))"


def parent(then: str, deed: str = "serve") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PARENT.format(then=then), deed],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=HERE,
    )


@pytest.mark.parametrize(
    ("deed", "then", "code"),
    [
        ("serve", "await asyncio.Event().wait()", -9),
        ("block", "await asyncio.Event().wait()", -9),
        ("linger", "await asyncio.Event().wait()", -9),
        ("serve", "return", 0),
        ("block", "import os; os._exit(5)", 5),
        # A forked child has copies of all descriptors, and lives longer.
        ("serve", f"{FORK}; await asyncio.Event().wait()", -9),
    ],
)
async def test_workers_do_not_outlive_their_parent(
    places: Path, deed: str, then: str, code: int
) -> None:
    """However it ends: no worker, no socket and no directory is left within two seconds."""
    process = parent(then, deed)
    assert process.stdout is not None
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert len(pids) == 2

    if code == -9:
        process.kill()

    assert process.wait(10) == code
    await until(lambda: not any(is_alive(pid) for pid in pids), 2.0)
    await until(lambda: list(places.iterdir()) == [], 0.5)
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()
