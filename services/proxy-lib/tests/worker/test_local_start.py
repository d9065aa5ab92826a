"""Starting local workers."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from local_workers import Make, helpers, is_alive, until

from wool.runtime.worker.base import ChannelOptions, WorkerLike, WorkerOptions
from wool_common.credentials import WorkerCredentials
from wool_common.errors import InsecureWorkerWarning, SerializationError, WorkerStartError


async def test_started_worker_says_what_it_is(make: Make, places: Path) -> None:
    """Metadata, tags and facts are what it was made with; it listens on a private socket."""
    worker = make("gpu", "big", zone="x")
    assert (worker.metadata, worker.address, worker.pid) == (None, None, None)

    await worker.start()

    assert isinstance(worker, WorkerLike)
    assert worker.metadata is not None
    assert worker.metadata.uid == worker.uid
    assert worker.metadata.pid == worker.pid
    assert worker.tags == worker.metadata.tags == {"gpu", "big"}
    assert worker.extra == worker.metadata.extra == {"zone": "x"}
    (folder,) = places.iterdir()
    assert worker.address == f"unix:{folder}/w"
    assert folder.stat().st_mode & 0o777 == 0o700
    await worker.stop()


async def test_workers_start_side_by_side(make: Make) -> None:
    """Each has a process, a socket and a name of its own."""
    workers = [make() for _ in range(4)]

    await asyncio.gather(*(worker.start() for worker in workers))

    assert len({worker.pid for worker in workers}) == 4
    assert len({worker.address for worker in workers}) == 4
    await asyncio.gather(*(worker.stop() for worker in workers))


async def test_worker_as_a_context(make: Make) -> None:
    """It runs inside the block and nowhere else."""
    async with make() as worker:
        assert worker.pid is not None
        assert is_alive(worker.pid)

    assert (await worker.exited()).returncode == 0


@pytest.mark.parametrize(
    ("deed", "line", "code"),
    [
        ("exit3", r"the worker ended before it was ready \(exit code 3\)", 3),
        ("kill9", r"the worker ended before it was ready \(killed by SIGKILL\)", -9),
        ("refuse", r"the worker could not start: cannot listen on the moon \(exit code 1\)", 1),
        ("unlink", r"the worker ended before it was ready \(exit code 1\)", 1),
    ],
)
async def test_worker_that_cannot_start_is_an_error(
    make: Make, deed: str, line: str, code: int
) -> None:
    """The error says how it ended, at once, and no process is left."""
    worker = make(do=deed)

    with pytest.raises(WorkerStartError, match=line) as caught:
        await worker.start(timeout=20)

    assert caught.value.returncode == code
    assert worker.metadata is None
    await worker.stop()


async def test_last_lines_of_a_worker_that_died_are_shown(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it printed is in the error, and was forwarded too."""
    with pytest.raises(WorkerStartError) as caught:
        await make(do="exit3").start()

    assert caught.value.output == "an explanation"
    assert str(caught.value).endswith("its last lines were:\nan explanation")
    assert capsys.readouterr().err == "an explanation\n"


async def test_program_that_does_not_exist_is_an_error(make: Make) -> None:
    """What Python says about it is shown."""
    worker = make()
    worker.program = "no_such_program"

    with pytest.raises(WorkerStartError, match="No module named no_such_program"):
        await worker.start()


async def test_interpreter_that_does_not_exist_is_an_error(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is named."""
    monkeypatch.setenv("WOOL_PYTHON", "/no/python")

    with pytest.raises(WorkerStartError, match="cannot start /no/python: No such file"):
        await make().start()


async def test_worker_that_is_never_ready_is_given_up(make: Make) -> None:
    """After the timeout it is killed, and what it printed is shown."""
    with pytest.raises(WorkerStartError, match=r"was not ready within 1 s") as caught:
        await make(do="never").start(timeout=1)

    assert caught.value.returncode == -9
    assert caught.value.output == "thinking"


async def test_cancelled_start_kills_the_worker(make: Make) -> None:
    """Nobody is left who would."""
    start = asyncio.create_task(make(do="never").start())
    await until(lambda: any(re.match(r"wool-worker-\d+$", name) for name in helpers()))
    (pid,) = (int(name.rpartition("-")[2]) for name in helpers() if "worker" in name)
    assert is_alive(pid)

    start.cancel()

    with pytest.raises(asyncio.CancelledError):
        await start
    await until(lambda: not is_alive(pid))


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
async def test_start_needs_time(make: Make, timeout: float) -> None:
    """A limit that cannot be met is refused before anything is started."""
    with pytest.raises(ValueError, match="timeout must be positive"):
        await make().start(timeout=timeout)


async def test_worker_is_used_once(make: Make) -> None:
    """A second start is refused, after the end too."""
    async with make() as worker:
        with pytest.raises(RuntimeError, match="a worker is used once"):
            await worker.start()
    with pytest.raises(RuntimeError, match="a worker is used once"):
        await worker.start()


async def test_worker_has_the_parents_surroundings(
    make: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its path is ours, its process group its own, its environment not littered."""
    monkeypatch.setenv("PYTHONPATH", "/from/outside")
    monkeypatch.delenv("GRPC_ENABLE_FORK_SUPPORT", raising=False)
    monkeypatch.setattr(sys, "path", ["", "relative", *sys.path])

    async with make(do="environment"):
        pass

    variables, flags, path, *_ = capsys.readouterr().out.splitlines()
    assert variables == "0 /from/outside"
    assert flags.endswith("True")
    here = str(Path.cwd())
    assert path == str([here, f"{here}/relative", *sys.path[2:]])


def hook_of(answer: object) -> Callable[[object], object]:
    return lambda context: answer


async def test_hook_crosses_by_value(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """A closure is as good a hook as a function."""
    async with make(do="hook", backpressure=hook_of(7)):
        pass

    assert "hook says 7\n" in capsys.readouterr().out


async def test_hook_that_cannot_be_pickled_is_an_error(make: Make) -> None:
    """The error names the argument."""
    with pytest.raises(SerializationError, match="backpressure cannot be pickled") as caught:
        await make(backpressure=hook_of(threading.Lock())).start()

    assert caught.value.path == "backpressure"


@pytest.mark.parametrize(
    ("told", "error", "complaint"),
    [
        ({"host": ""}, ValueError, "host must not be empty"),
        ({"host": "::1", "port": 65536}, ValueError, "port must be from 0 to 65535"),
        ({"host": "::1", "port": -1}, ValueError, "port must be from 0 to 65535"),
        ({"host": "::1", "port": "5"}, TypeError, "port must be a number, not '5'"),
        ({"port": 5}, ValueError, "port needs host"),
        ({"shutdown_grace_period": "5"}, TypeError, "shutdown_grace_period is a number of sec"),
        ({"options": {"max_ping_strikes": 2}}, TypeError, "options must be WorkerOptions, not {"),
        ({"shutdown_grace_period": -1}, ValueError, "shutdown_grace_period must not be neg"),
        ({"backpressure": "hook"}, TypeError, "backpressure must be callable"),
        (
            {"credentials": "c"},
            TypeError,
            "credentials must be WorkerCredentials or a WorkerCredentialsProvider, not str",
        ),
        ({"zone": 7}, TypeError, "zone must be a string, not int: 7"),
        ({"tags": ["gpu"]}, TypeError, "tags must be a string, .* it is no argument of .*Worker"),
    ],
)
def test_wrong_argument_is_named(
    make: Make, told: dict[str, object], error: type[Exception], complaint: str
) -> None:
    """What is wrong shows when the worker is made, not when it is started."""
    with pytest.raises(error, match=complaint):
        make(**told)


@pytest.mark.parametrize(("tag", "error"), [(7, TypeError), ("", ValueError)])
def test_wrong_tag_is_refused(make: Make, tag: str, error: type[Exception]) -> None:
    """A tag is text that says something."""
    with pytest.raises(error, match="a tag must"):
        make(tag)


@pytest.mark.parametrize("variable", ["WOOL_LOG_LEVEL", "WOOL_LOG_FORMAT", "WOOL_LOOP"])
async def test_wrong_variable_is_named(
    make: Make, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """What is set wrongly is told by its name."""
    monkeypatch.setenv(variable, "nonsense")

    with pytest.raises(WorkerStartError, match=f"{variable} must be one of .*, not 'nonsense'"):
        await make().start()


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "worker.example"])
def test_open_worker_is_warned_about(make: Make, host: str) -> None:
    """One line says what is wrong and what to do."""
    with pytest.warns(InsecureWorkerWarning, match="give credentials=") as caught:
        make(host=host)

    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)


def credentials() -> WorkerCredentials:
    authority = trustme.CA()
    leaf = authority.issue_cert("worker.example")
    cert = leaf.cert_chain_pems[0].bytes()
    return WorkerCredentials(authority.cert_pem.bytes(), leaf.private_key_pem.bytes(), cert)


@pytest.mark.parametrize(
    "told", [{"host": "127.0.0.1"}, {"host": "0.0.0.0", "credentials": credentials()}, {}]
)
def test_closed_worker_is_not_warned_about(make: Make, told: dict[str, object]) -> None:
    """A loopback address, credentials or a socket need no warning."""
    make(**told)


async def test_options_reach_the_worker(make: Make) -> None:
    """They cross as gRPC's own arguments."""
    options = WorkerOptions(channel=ChannelOptions(keepalive_time_ms=7), max_connection_age_ms=9)

    async with make(options=options):
        pass
