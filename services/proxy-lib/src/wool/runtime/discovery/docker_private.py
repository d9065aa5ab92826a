"""Run a discovery service of one's own, for as long as somebody here uses it."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from wool.runtime.discovery.docker_credentials import HandedOver
from wool.runtime.discovery.docker_watch import Place
from wool.runtime.worker import interpreter
from wool.runtime.worker.folder import private_folder
from wool_common.credentials import CredentialsLike, WorkerCredentials
from wool_common.engine import Engine
from wool_common.errors import DiscoveryError

PROGRAM: Final = "wool_discovery_docker"
EXTRA: Final = "DockerDiscovery needs an extra: pip install 'wool[docker]'"

START_SECONDS: Final = 30.0
"""What the service may take to listen."""

LOOK_SECONDS: Final = 0.02
END_SECONDS: Final = 3.0
"""What the service may take to end by itself."""

RENEW_SECONDS: Final = 1.0
"""How often it is looked for other credentials."""

TAIL_LINES: Final = 20


async def check_engine(engine: str) -> None:
    """
    Return where a service could follow that Engine.

    Raises:
        ImportError: what is needed is not installed; the text names the extra.
        DockerUnavailable: the Engine cannot be reached.
        DockerRefused: it does not tell of containers, without which there is no service.
    """
    if find_spec(PROGRAM) is None or find_spec("aiodocker") is None:
        raise ImportError(EXTRA)
    async with Engine(engine) as asked:
        # Of all that a proxy may keep back, what the service cannot do without.
        await asked.containers({"wool.worker": "true"})


@asynccontextmanager
async def private_service(
    engine: str, credentials: CredentialsLike | None
) -> AsyncGenerator[PrivateService]:
    """
    Give the service that this event loop has for *engine* and *credentials*.

    It ends when the last block that uses it is left.
    """
    shown = credentials if isinstance(credentials, WorkerCredentials) else id(credentials)
    services = _services().setdefault(asyncio.get_running_loop(), {})
    key = (engine, shown)
    service = services.get(key)
    if service is None:
        service = services[key] = PrivateService(engine, credentials)
    service.users += 1
    try:
        yield service
    finally:
        service.users -= 1
        if not service.users:
            del services[key]
            await service.aclose()


@cache
def _services() -> WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, PrivateService]]:
    """Return the services of every event loop; asked alike, one process answers all."""
    return WeakKeyDictionary()


class PrivateService:
    """A process that watches *engine*, shows *credentials* to workers, and serves this one."""

    def __init__(self, engine: str, credentials: CredentialsLike | None) -> None:
        self.users = 0
        self._engine = engine
        self._credentials = credentials
        self._starting = asyncio.Lock()
        self._started: _Started | None = None

    async def place(self) -> Place:
        """
        Return where it listens, having started it where it does not run.

        Raises:
            DiscoveryError: it does not start; its last lines stand in the text.
        """
        async with self._starting:
            if self._started is None or self._started.process.returncode is not None:
                await self._end()
                self._started = await _start(self._engine, self._credentials)
            shown = None if self._credentials is None else self._credentials.current()
            # Its certificate is the one shown to it, whatever name those of workers bear.
            own = None if shown is None else replace(shown, identity=None)
            return Place(self._started.address, own)

    async def aclose(self) -> None:
        """End it; may be called twice."""
        async with self._starting:
            await self._end()

    async def _end(self) -> None:
        started, self._started = self._started, None
        if started is not None:
            await started.stack.aclose()


class _Started:
    """A process that listens at *address*, and what there is to undo."""

    def __init__(self, address: str, process: Process, stack: AsyncExitStack) -> None:
        self.address = address
        self.process = process
        self.stack = stack


async def _start(engine: str, credentials: CredentialsLike | None) -> _Started:
    async with AsyncExitStack() as stack:
        folder = private_folder()
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        socket = folder / "d"
        handed = None
        if credentials is not None:
            handed = HandedOver(credentials.current(), folder)
            stack.callback(handed.close)
        process = await _launch(engine, socket, handed)
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        reading = asyncio.create_task(_read(process, tail), name="wool-discovery-output")
        stack.push_async_callback(_ended, process, reading)
        if credentials is not None and handed is not None:
            renewing = asyncio.create_task(_renew(handed, credentials), name="wool-discovery-renew")
            stack.push_async_callback(_cancelled, renewing)
        try:
            async with asyncio.timeout(START_SECONDS):
                while not socket.exists():
                    if process.returncode is not None:
                        await reading
                        raise DiscoveryError(_told(f"ended ({process.returncode})", tail))
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            text = _told(f"did not listen within {START_SECONDS:g} s", tail)
            raise DiscoveryError(text) from None
        return _Started(f"unix:{socket}", process, stack.pop_all())


async def _launch(engine: str, socket: Path, handed: HandedOver | None) -> Process:
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("WOOL_DISCOVERY_") and name != "WOOL_PROBE"
    }
    command = [
        interpreter.python(),
        *interpreter.flags(),
        *("-m", PROGRAM, "--engine", engine, "--socket", str(socket), "--end-with-stdin"),
        *("--log-level", "warning", "--log-format", "console"),
        *([] if handed is None else handed.arguments()),
    ]
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
            env=interpreter.environment((PROGRAM, "wool_common"), environ),
            pass_fds=() if handed is None else handed.descriptors,
            # A group of its own: Ctrl-C in a terminal reaches the application alone.
            process_group=0,
        )
    except OSError as exc:
        raise DiscoveryError(f"cannot start {command[0]}: {exc.strerror}") from exc


async def _read(process: Process, tail: deque[str]) -> None:
    assert process.stderr is not None
    while True:
        try:
            line = await process.stderr.readline()
        except ValueError:  # beyond all limits; unless what follows is read, the process hangs
            continue
        if not line:
            break
        tail.append(line.decode(errors="replace").rstrip())
    await process.wait()


async def _renew(handed: HandedOver, credentials: CredentialsLike) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        handed.renew(credentials.current())


async def _ended(process: Process, reading: asyncio.Task[None]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    _, left = await asyncio.wait([reading], timeout=END_SECONDS)
    if left and process.returncode is None:
        process.kill()
    await asyncio.wait([reading])


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


def _told(what: str, tail: deque[str]) -> str:
    lines = "".join(f"\n{line}" for line in tail)
    return f"the private discovery service {what}; its last lines were:{lines or ' none'}"
