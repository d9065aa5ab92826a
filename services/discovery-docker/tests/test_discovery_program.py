"""The discovery service as a shell, or another program, starts it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from describing_workers import worker
from fake_engine import FakeEngine, container
from watching_clients import Service

from wool_common import probe
from wool_common.credentials import WorkerCredentials
from wool_common.metadata import VERSION

SECRET = "hunter2-in-the-environment"

Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start(engine: FakeEngine) -> AsyncGenerator[Start]:
    """Return a function that starts the program on the Engine; all end with the test."""
    started: list[Process] = []
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("WOOL_", "DOCKER_"))}

    async def start_one(*flags: str, stdin: int = DEVNULL) -> Process:
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "wool_discovery_docker", *flags),
            stdin=stdin,
            stdout=PIPE,
            stderr=PIPE,
            env={**environ, "WOOL_DISCOVERY_ENGINE": engine.url},
        )
        started.append(program)
        return program

    yield start_one
    for program in started:
        with suppress(ProcessLookupError):
            program.kill()
        await program.communicate()


@pytest.fixture
def place() -> Generator[str]:
    """Return a path for a socket that is short enough."""
    with tempfile.TemporaryDirectory(prefix="wool-") as folder:
        yield str(Path(folder) / "d.sock")


async def until_ready(program: Process) -> str:
    """Return the address that the program says it listens on."""
    assert program.stderr is not None
    async with asyncio.timeout(20):
        async for line in program.stderr:
            said: dict[str, Any] = json.loads(line)
            if said["event"] == "discovery_ready":
                return str(said["address"])
    raise AssertionError("the program ended before it was ready")


async def rest(program: Process) -> tuple[int | None, str, str]:
    """Wait for the end; return the exit code and what was still printed."""
    async with asyncio.timeout(20):
        out, err = await program.communicate()
    return program.returncode, out.decode(), err.decode()


async def test_it_serves_until_it_is_asked_to_stop(
    start: Start, engine: FakeEngine, place: str
) -> None:
    """Workers are found over a Unix socket; SIGTERM ends it well, and removes the socket."""
    async with worker("a") as a:
        engine.put(container("ca", labels=a.labels, networks={"wool": "127.0.0.2"}))
        program = await start("--socket", place, "--probe", f"test-{os.getpid()}")
        service = Service(await until_ready(program))
        async with service.watched() as client:
            assert client.addresses == {"a": f"127.0.0.2:{a.port}"}
            said = await asyncio.to_thread(probe.ask, f"test-{os.getpid()}")
            assert said in (probe.SERVING, probe.NOT_SERVING)
            program.terminate()
            code, out, _ = await rest(program)
        await service.link.close()
    assert (code, out) == (0, "")
    assert not Path(place).exists()


async def test_it_ends_with_its_starter(start: Start, place: str) -> None:
    """The end of standard input is the end of the program; Ctrl-C is the starter's business."""
    program = await start("--socket", place, "--end-with-stdin", stdin=PIPE)
    await until_ready(program)
    program.send_signal(signal.SIGINT)
    assert program.stdin is not None
    program.stdin.write(b"what is said does not matter\n")
    await program.stdin.drain()
    program.stdin.close()

    code, _, err = await rest(program)

    assert code == 0
    assert "standard input has ended" in err
    assert "SIGINT" not in err
    assert not Path(place).exists()


async def test_it_ends_with_a_starter_that_was_killed(engine: FakeEngine, place: str) -> None:
    """No private service outlives whoever started it, however that one ended."""
    flags = [sys.executable, "-m", "wool_discovery_docker", "--engine", engine.url]
    flags += ["--socket", place, "--end-with-stdin"]
    code = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen({flags!r}, stdin=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "for line in child.stderr: sys.stderr.buffer.write(line); sys.stderr.flush()\n"
    )
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=PIPE, stderr=PIPE
    )
    await until_ready(starter)
    assert starter.stdout is not None
    child = int(await starter.stdout.readline())
    starter.kill()
    await starter.communicate()
    async with asyncio.timeout(10):
        while Path(f"/proc/{child}").exists() and not is_zombie(child):
            await asyncio.sleep(0.02)


def is_zombie(pid: int) -> bool:
    """Tell whether the process has ended and only waits to be taken note of."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_it_lives_through_an_engine_that_is_away(
    start: Start, engine: FakeEngine, place: str
) -> None:
    """It starts without one, and finds workers as soon as there is one."""
    await engine.stop()
    program = await start("--socket", place)
    service = Service(await until_ready(program))
    async with worker("a") as a:
        engine.put(container("ca", labels=a.labels, networks={"wool": "127.0.0.2"}))
        await engine.start()
        async with service.watched() as client:
            assert set(client.addresses) == {"a"}
    await service.link.close()


async def test_nothing_but_get_and_no_secret(start: Start, engine: FakeEngine, place: str) -> None:
    """What containers have in their environment is told to nobody, nor is anything changed."""
    async with worker("a") as a:
        for number, labels in enumerate([a.labels, {**a.labels, "wool.port": "1"}]):
            one = container(f"c{number}", labels=labels, networks={"wool": "127.0.0.2"})
            one["Config"]["Env"] = [f"PASSWORD={SECRET}"]
            engine.put(one)
        program = await start("--socket", place, "--log-level", "debug")
        service = Service(await until_ready(program))
        async with service.watched() as client:
            assert set(client.addresses) == {"a"}
            odd = container("odd", labels=a.labels)
            odd["Config"]["Env"] = [f"PASSWORD={SECRET}"]
            odd["NetworkSettings"] = {"Networks": ["not", "what", "an", "Engine", "says"]}
            engine.put(odd, "start")
            async with worker("b") as b:
                one = container("cb", labels=b.labels, networks={"wool": "127.0.0.2"})
                engine.put(one, "start")
                await client.until_there("a", "b")
            engine.summaries_are_odd = True
            lists = engine.lists
            engine.cut_streams()
            await engine.until_listed(lists + 2)
            heard = "".join(str(response) for response in client.responses)
        await service.link.close()
        program.terminate()
        _, out, err = await rest(program)
    assert SECRET not in out + err + heard
    assert "container_misread" in err
    assert "engine_misread" in err
    assert {method for method, _ in engine.requests} == {"GET"}


async def test_it_speaks_tls(start: Start, engine: FakeEngine, tmp_path: Path) -> None:
    """With certificates, clients need one, and workers are asked with it."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "127.0.0.2")
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    (tmp_path / "key.pem").write_bytes(issued.private_key_pem.bytes())
    (tmp_path / "cert.pem").write_bytes(b"".join(p.bytes() for p in issued.cert_chain_pems))
    ca, key, cert = (str(tmp_path / f"{name}.pem") for name in ("ca", "key", "cert"))
    shown = WorkerCredentials.from_files(ca, key, cert)
    flags = ("--ca", ca, "--key", key, "--cert", cert)
    async with worker("a", credentials=shown) as a:
        engine.put(container("ca", labels=a.labels, networks={"wool": "127.0.0.2"}))
        program = await start("--port", "0", *flags)
        address = await until_ready(program)
        service = Service(address, shown)
        async with service.watched() as client:
            assert set(client.addresses) == {"a"}
        await service.link.close()
        stranger = Service(address)
        async with stranger.watched() as client:
            assert client.error is not None
        await stranger.link.close()


@pytest.mark.parametrize(
    ("flags", "code", "line"),
    [
        (["--port", "x"], 2, "--port: must be a whole number from 0 to 65535, not 'x'"),
        (
            ["--source", "moon"],
            2,
            "--source: must be docker, lan, lan:NAMESPACE or dns:NAME[:PORT], not 'moon'",
        ),
        (["--host", "192.0.2.1", "--insecure"], 1, "cannot listen on 192.0.2.1:50052"),
    ],
)
async def test_what_cannot_start_says_why(
    start: Start, flags: list[str], code: int, line: str
) -> None:
    """One line, and the exit code that the help names."""
    program = await start(*flags)

    ended, out, err = await rest(program)

    assert (ended, out) == (code, "")
    assert err.splitlines()[-1].startswith(f"wool-discovery-docker: {line}")


@pytest.mark.parametrize("flag", ["--help", "--version"])
async def test_questions_are_answered(start: Start, flag: str) -> None:
    """Help and version go to standard output."""
    code, out, err = await rest(await start(flag))

    assert (code, err) == (0, "")
    first = (
        "usage: wool-discovery-docker" if flag == "--help" else f"wool-discovery-docker {VERSION}"
    )
    assert out.startswith(first)
