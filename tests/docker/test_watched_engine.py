"""What a watched Engine does to its streams, done to a real one."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from lab.client import Engine

from wool_discovery_docker.containers import Container
from wool_discovery_docker.watcher import Watcher

pytestmark = pytest.mark.docker

LABEL = "wool.watched"
MORE_THAN_REMEMBERED = 300
"""Events; an Engine remembers 256."""

LIMIT = 20.0


class Seen:
    """A view that remembers what it was told, and whether it was ever told of fewer."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.told: list[set[str]] = []
        self._by_id: dict[str, Container] = {}
        self._changed = asyncio.Event()

    def is_wanted(self, labels: Mapping[str, str]) -> bool:
        return LABEL in labels

    def replace(self, containers: Iterable[Container]) -> None:
        self._set({container.id: container for container in containers})

    def put(self, container: Container) -> None:
        self._set({**self._by_id, container.id: container})

    def drop(self, container: str) -> None:
        self._set({key: one for key, one in self._by_id.items() if key != container})

    async def until(self, names: set[str]) -> None:
        async with asyncio.timeout(LIMIT):
            while self.names != names:
                self._changed.clear()
                await self._changed.wait()

    def _set(self, now: dict[str, Container]) -> None:
        self._by_id = now
        self.names = {one.name for one in now.values() if not one.problem}
        self.told.append(self.names)
        self._changed.set()


class Between:
    """Stands before the Engine's socket, and cuts what goes through it."""

    def __init__(self, path: Path, engine: str) -> None:
        self.url = f"unix://{path}"
        self._path = path
        self._engine = engine.removeprefix("unix://")
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Carry what comes."""
        self._server = await asyncio.start_unix_server(self._serve, self._path)

    async def close(self) -> None:
        """Carry nothing, and cut everything that is open."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.cut()
        self._path.unlink(missing_ok=True)

    def cut(self) -> None:
        """Cut everything that is open."""
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_unix_connection(self._engine)
        self._open |= {writer, forth}
        try:
            await asyncio.gather(carry(reader, forth), carry(back, writer))
        finally:
            self._open -= {writer, forth}
            for end in (writer, forth):
                end.transport.abort()


async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass on what *source* says, to its end."""
    with suppress(OSError):
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    target.transport.abort()


Run = Callable[[str], None]


@pytest.fixture
def run(engine: Engine, base_image: Callable[[str], str]) -> Generator[Run]:
    """Start containers by name; they are gone in the end."""
    image = base_image("3.11")
    started: list[str] = []

    def start(name: str) -> None:
        started.append(name)
        options = ["--detach", "--name", name, "--label", f"{LABEL}=true", "--init"]
        engine.docker("run", *options, image, "sleep", "600")

    yield start
    for name in started:
        with suppress(Exception):  # a test may have removed it
            engine.docker("rm", "--force", name)


@asynccontextmanager
async def watched(engine: Engine) -> AsyncGenerator[tuple[Seen, Between]]:
    """Watch *engine* through something that can be cut."""
    with tempfile.TemporaryDirectory(prefix="wool-") as folder:
        between = Between(Path(folder) / "docker.sock", engine.docker_host)
        await between.listen()
        seen = Seen()
        # No list on its own account: what is found is found by events, or after a cut.
        watcher = Watcher(between.url, seen, resync=600)
        running = asyncio.create_task(watcher.run())
        try:
            async with asyncio.timeout(LIMIT):
                await watcher.synced.wait()
            yield seen, between
        finally:
            running.cancel()
            await asyncio.wait([running])
            await between.close()


async def test_a_stream_that_is_cut_is_opened_again(engine: Engine, run: Run) -> None:
    """Proxies cut streams: nobody is dropped, and what happens later is heard."""
    run("wool-watched-a")
    async with watched(engine) as (seen, between):
        await seen.until({"wool-watched-a"})
        for _ in range(3):
            between.cut()
        await asyncio.to_thread(run, "wool-watched-b")
        await seen.until({"wool-watched-a", "wool-watched-b"})
        assert all("wool-watched-a" in names for names in seen.told if seen.told.index(names))


async def test_what_happens_in_a_gap_is_found(engine: Engine, run: Run) -> None:
    """More events than the Engine remembers happen while nobody can listen."""
    run("wool-watched-a")
    run("wool-watched-c")
    async with watched(engine) as (seen, between):
        await seen.until({"wool-watched-a", "wool-watched-c"})
        await between.close()
        await asyncio.to_thread(run, "wool-watched-b")
        await asyncio.to_thread(engine.docker, "rm", "--force", "wool-watched-a")
        for number in range(MORE_THAN_REMEMBERED):
            names = ("wool-watched-c", "wool-watched-d")
            await asyncio.to_thread(
                engine.docker, "rename", *(names if number % 2 == 0 else names[::-1])
            )
        assert seen.names == {"wool-watched-a", "wool-watched-c"}
        await between.listen()
        await seen.until({"wool-watched-b", "wool-watched-c"})


@pytest.mark.parametrize("gently", [True, False])
async def test_an_engine_that_restarts_drops_nobody_for_nothing(
    engine: Engine, run: Run, restart_engine: Callable[[bool], None], gently: bool
) -> None:
    """While it is away all stay; afterwards the containers that came back are there."""
    run("wool-watched-a")
    async with watched(engine) as (seen, _):
        await seen.until({"wool-watched-a"})
        await asyncio.to_thread(restart_engine, gently)
        await asyncio.to_thread(run, "wool-watched-b")
        async with asyncio.timeout(LIMIT):
            while "wool-watched-b" not in seen.names:
                await asyncio.sleep(0.05)
        running = await asyncio.to_thread(
            engine.docker, "ps", "--filter", f"label={LABEL}", "--format", "{{.Names}}"
        )
        await seen.until(set(running.split()))
