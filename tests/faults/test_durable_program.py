"""`wool-worker` from its start to its end, as a shell and strangers see it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from pathlib import Path
from typing import cast
from uuid import uuid4

import grpc
import pytest
from dialling import described, idle, start, stop_by_rpc, stranger
from durable import durable, refusal
from durable_routines import hang, nothing, steps

from wool_common import frames as f
from wool_common.discovery.local import LocalDiscovery
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.errors import StatusCode, WorkerLost
from wool_common.metadata import PYTHON, VERSION
from wool_common.pickling.exceptions import revive
from wool_common.pickling.values import load


@pytest.fixture
def namespace() -> str:
    return f"durable-{uuid4().hex}"


@pytest.fixture
def socket_path() -> Generator[Path]:
    """Return a path that is short enough for a socket."""
    folder = Path(f"/tmp/wd-{uuid4().hex[:8]}")
    folder.mkdir(0o700)
    yield folder / "w"
    shutil.rmtree(folder)


async def following(namespace: str) -> AsyncGenerator[DiscoveryEvent]:
    async for event in LocalDiscovery(namespace).subscriber:
        yield event


async def nobody(namespace: str) -> bool:
    """Tell whether nobody is announced any more once a moment has passed."""
    async with aclosing(following(namespace)) as events:
        try:
            async with asyncio.timeout(0.2):
                await anext(events)
        except TimeoutError:
            return True
    return False


@pytest.mark.parametrize("transport", ["tcp", "unix"])
async def test_a_worker_tells_what_it_is(transport: str, socket_path: Path) -> None:
    """`Describe` answers metadata, versions, load, uptime and idle time, now and later."""
    where = ("--port", "0") if transport == "tcp" else ("--socket", str(socket_path))
    flags = ("--uid", "w-1", "--tag", "gpu", "--tag", "big", "--extra", "zone=x", *where)

    async with durable(*flags) as program:
        address = (await program.event("worker_ready"))["address"]
        assert address.startswith("127.0.0.1:" if transport == "tcp" else f"unix:{socket_path}")
        first = await described(address)
        async with stranger(address) as one:
            await one.define(1, hang)
            await one.say(start(1), start(2))
            assert {await one.hear(), await one.hear()} == {f.Accepted(1), f.Accepted(2)}
            busy = await described(address)
        await idle(address)
        after = await described(address)

    metadata = first.metadata
    assert (metadata.uid, metadata.address) == ("w-1", address)
    assert (sorted(metadata.tags), dict(metadata.extra)) == (["big", "gpu"], {"zone": "x"})
    assert (metadata.pid, metadata.secure) == (program.process.pid, False)
    assert (metadata.version, metadata.python) == (VERSION, PYTHON)
    assert set(first.versions) == {"wool", "python", "grpc", "protobuf"}
    assert first.versions["grpc"] == grpc.__version__
    assert (first.load.active, busy.load.active, after.load.active) == (0, 2, 0)
    assert first.uptime_seconds <= busy.uptime_seconds <= after.uptime_seconds
    assert 0 < first.idle_seconds <= first.uptime_seconds
    assert busy.idle_seconds == 0
    assert after.idle_seconds < after.uptime_seconds - busy.uptime_seconds + 0.5
    assert not first.draining


async def test_variables_do_what_flags_do(namespace: str, tmp_path: Path) -> None:
    """A worker in a container needs no flag at all."""
    (tmp_path / "early.py").write_text("import pathlib; pathlib.Path('imported').touch()")
    variables = {
        "WOOL_PORT": "0",
        "WOOL_TAGS": "gpu,big",
        "WOOL_EXTRA": "zone=x,rack=7",
        "WOOL_ANNOUNCE": f"local:{namespace},local:{namespace}-2",
        "WOOL_MAX_TASKS": "1",
        "WOOL_PRELOAD": "early",
        "WOOL_GRACE": "5",
    }

    async with durable(cwd=tmp_path, **variables) as program:
        address = (await program.event("worker_ready"))["address"]
        for name in (namespace, f"{namespace}-2"):
            async with aclosing(following(name)) as events, asyncio.timeout(5):
                event = await anext(events)
            assert (event.type, event.metadata.address) == ("worker-added", address)
            assert event.metadata.tags == {"gpu", "big"}
            assert dict(event.metadata.extra) == {"zone": "x", "rack": "7"}
        async with stranger(address) as one:
            await one.define(1, hang)
            await one.say(start(1), start(2))
            assert isinstance(refused := await one.hear(), f.Refused)
        program.signal(signal.SIGTERM)
        code = await program.ended()

    assert (code, refused.reason, refused.task) == (0, "max-tasks", 2)
    assert (tmp_path / "imported").exists()


async def test_the_ladder_of_a_stop(namespace: str) -> None:
    """Not announced any more, then draining, then running tasks finish, then the end."""
    flags = ("--port", "0", "--announce", f"local:{namespace}", "--grace", "30")

    async with durable(*flags) as program, aclosing(following(namespace)) as events:
        address = (await program.event("worker_ready"))["address"]
        assert (await anext(events)).type == "worker-added"
        async with stranger(address) as one, asyncio.timeout(10):
            await one.define(1, steps)
            await one.define(2, nothing)
            await one.say(start(1, stream=True), f.Next(1, 1))
            assert isinstance(await one.hear(but=(f.Load, f.Accepted)), f.Yielded)

            program.signal(signal.SIGTERM)
            assert (await anext(events)).type == "worker-dropped"
            assert await one.hear() == f.Draining()
            await one.say(start(2, callable=2))
            refused = await one.hear()
            assert (await described(address)).draining

            await one.say(f.Next(1, 2))
            heard = [await one.hear() for _ in range(2)]
            await one.finish()
        code = await program.ended()

    assert isinstance(refused, f.Refused)
    assert (refused.code, refused.reason) == (StatusCode.UNAVAILABLE, "draining")
    assert [type(frame) for frame in heard] == [f.Yielded, f.Returned]
    assert code == 0


@pytest.mark.parametrize("way", ["signal", "rpc"])
async def test_tasks_that_outlive_the_grace_are_cancelled(way: str, namespace: str) -> None:
    """Their callers hear that they are lost, and the exit code is that of a stop as asked."""
    flags = ("--port", "0", "--announce", f"local:{namespace}", "--grace", "0.2")

    async with durable(*flags) as program:
        address = (await program.event("worker_ready"))["address"]
        async with stranger(address) as one:
            await one.define(1, hang)
            await one.say(start(1))
            assert await one.hear() == f.Accepted(1)
            if way == "signal":
                program.signal(signal.SIGTERM)
            else:
                assert await stop_by_rpc(address) == 1
            end = await one.hear(but=(f.Load, f.Draining))
            await one.finish()
        code = await program.ended()

    assert isinstance(end, f.Raised)
    assert isinstance(revive(load(cast(bytes, end.error))), WorkerLost)
    assert code == 0
    assert await nobody(namespace)


async def test_a_worker_stops_while_its_hook_is_silent() -> None:
    """Who waits for the hook is refused as draining, so the end is not delayed."""
    async with durable("--port", "0", "--backpressure", "rush_hooks:never") as program:
        address = (await program.event("worker_ready"))["address"]
        async with stranger(address) as one:
            await one.define(1, nothing)
            await one.say(start(1), start(2))
            assert (await described(address)).load.active == 0
            program.signal(signal.SIGTERM)
            heard = [await one.hear(but=(f.Load, f.Draining)) for _ in range(2)]
            await one.finish()
        async with asyncio.timeout(2):
            code = await program.ended()

    assert {(x.task, x.reason) for x in heard if isinstance(x, f.Refused)} == {
        (1, "draining"),
        (2, "draining"),
    }
    assert code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_worker_that_ends_at_once_leaves_no_announcement(
    number: signal.Signals, namespace: str
) -> None:
    """Neither a second signal nor a kill leaves a ghost."""
    flags = ("--port", "0", "--announce", f"local:{namespace}")

    async with durable(*flags) as program, aclosing(following(namespace)) as events:
        address = (await program.event("worker_ready"))["address"]
        assert (await anext(events)).type == "worker-added"
        async with stranger(address) as one:
            await one.define(1, hang)
            await one.say(start(1))
            assert await one.hear() == f.Accepted(1)
            program.signal(signal.SIGTERM if number is signal.SIGTERM else signal.SIGKILL)
            if number is signal.SIGTERM:
                await program.event("worker_draining")
                program.signal(signal.SIGTERM)
            code = await program.ended()
        async with asyncio.timeout(5):
            assert (await anext(events)).type == "worker-dropped"

    assert code == (128 + signal.SIGTERM if number is signal.SIGTERM else -signal.SIGKILL)


async def test_an_announcement_that_fails_at_the_start_is_an_error(namespace: str) -> None:
    """One line says why, and the exit code that there was no worker."""
    folder = Path("/dev/shm") / f"wool-{os.geteuid()}-{namespace}"
    folder.mkdir()
    folder.chmod(0o755)
    try:
        code, said = await asyncio.to_thread(
            refusal, "--port", "0", "--announce", f"local:{namespace}"
        )
    finally:
        folder.rmdir()

    assert (code, len(said.splitlines())) == (1, 1)
    assert said.startswith(f"wool-worker: others than you can enter {folder}")


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    """Whoever announces on the network without zeroconf is told what to install."""
    (tmp_path / "zeroconf.py").write_text("raise ImportError('hidden')")
    flags = ("--port", "0", "--host", "0.0.0.0", "--insecure", "--announce", "lan")

    code, said = refusal(*flags, cwd=tmp_path)

    assert code == 2
    assert said == ("wool-worker: --announce: lan needs an extra: pip install 'wool-worker[lan]'\n")


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (
            ("--host", "0.0.0.0", "--announce", "lan"),
            "--host: anyone who reaches 0.0.0.0 could run code here: give --cert, --key and"
            " --ca, or --insecure if that is what you want",
        ),
        (("--announce", f"local:{'x' * 300}"), "--announce: namespace must have at most 200"),
        (("--preload", "no.such"), "--preload: cannot import no.such: ModuleNotFoundError: "),
        (("--backpressure", "json:no"), "--backpressure: module json has no no"),
        (("--max-tasks", "0"), "--max-tasks: n must be 1 or more, not 0"),
    ],
)
def test_wrong_flags_are_told_in_one_line(flags: tuple[str, ...], line: str) -> None:
    """The exit code is 2, and the line begins with the flag."""
    code, said = refusal(*flags)

    assert (code, len(said.splitlines())) == (2, 1)
    assert said.startswith(f"wool-worker: {line}")


async def test_a_port_that_is_taken_is_told(namespace: str) -> None:
    """A worker that cannot listen is never announced."""
    async with durable("--port", "0") as program:
        address = (await program.event("worker_ready"))["address"]
        port = address.rpartition(":")[2]

        code, said = await asyncio.to_thread(
            refusal, "--port", port, "--announce", f"local:{namespace}"
        )

    assert code == 1
    assert said.splitlines()[-1].startswith(f"wool-worker: cannot listen on 127.0.0.1:{port}")
    assert await nobody(namespace)
