"""Ask a Docker Engine, and have it run containers; the one module that imports aiodocker."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager, suppress
from typing import Any, Final, NamedTuple, Protocol, Self, cast

from wool_common.errors import DockerRefused, DockerUnavailable

Document = Mapping[str, Any]
"""What the Engine says about one thing, as its API describes it."""

DEFAULT_URL: Final = "unix:///var/run/docker.sock"

REQUEST_SECONDS: Final = 30.0
"""What the Engine may take for an answer; a loaded one takes seconds to create a container."""

UNREACHED: Final = 900
"""The status, no Engine's, by which aiodocker says that it could not connect."""

EVENTS: Final = (
    "start",
    "die",
    "stop",
    "kill",
    "pause",
    "unpause",
    "destroy",
    "rename",
    "health_status",
    "connect",
    "disconnect",
)
"""The events of containers and networks that can make a worker usable or end it."""


class Printed(NamedTuple):
    """A piece of what a container prints, on stream 1 or 2."""

    stream: int
    data: bytes


class Terminal(Protocol):
    """The standard streams of a container; None is read at the end."""

    async def write_in(self, data: bytes) -> None: ...

    async def read_out(self) -> Printed | None: ...


def engine_url(url: str | None = None) -> str:
    """Return *url*, else what DOCKER_HOST says, else the socket of this machine's Engine."""
    return url or os.environ.get("DOCKER_HOST") or DEFAULT_URL


class Engine:
    """
    One Docker Engine, at *url*: `unix:///path`, `tcp://host:port` or `ssh://user@host`.

    An async context manager that holds a pool of connections; nothing is said to the
    Engine before the first request. Every request has an end: `REQUEST_SECONDS`, but for
    `events`, and for `stop`, which has the grace on top.

    Raises:
        DockerUnavailable: by every method: the Engine cannot be reached.
        DockerRefused: by every method: it answered that it will not.
        ImportError: aiodocker is not installed; the text names the extra.
    """

    def __init__(self, url: str | None = None) -> None:
        self.url = engine_url(url)
        # aiodocker says nothing of most types.
        self._docker: Any = None

    async def __aenter__(self) -> Self:
        aiodocker, aiohttp = _libraries()
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        try:
            self._docker = aiodocker.Docker(self.url, timeout=timeout)
        except (ValueError, ImportError, OSError) as exc:
            raise DockerUnavailable(self.url, str(exc)) from exc
        return self

    async def __aexit__(self, *_: object) -> None:
        docker, self._docker = self._docker, None
        if docker is not None:
            await docker.close()

    # ── what is there ─────────────────────────────────────────────────────────

    async def info(self) -> Document:
        """Return what the Engine says about itself."""
        with self._translated("system info"):
            return await self._open.system.info()

    async def containers(
        self, labels: Mapping[str, str], *, stopped: bool = False
    ) -> list[Document]:
        """Return the summaries of the containers that carry *labels*, with *stopped* all."""
        filters = json.dumps({"label": _labels(labels)})
        every = {"all": "true"} if stopped else {}
        with self._translated("list of containers"):
            found = await self._open.containers.list(filters=filters, **every)
        return [cast(Document, container._container) for container in found]

    async def inspect(self, container: str) -> Document | None:
        """Return all about one container, by id or name; None where it is not there."""
        with self._translated(f"container {container}", missing=True):
            return await self._open.containers.container(container).show()
        return None

    async def tasks(self, labels: Mapping[str, str]) -> list[Document]:
        """Return the Swarm tasks meant to run of the services that carry *labels*."""
        filters = {"desired-state": ["running"], "label": _labels(labels)}
        with self._translated("list of tasks"):
            return list(await self._open.tasks.list(filters=filters))

    async def services(self, labels: Mapping[str, str]) -> list[Document]:
        """Return the Swarm services that carry *labels*."""
        with self._translated("list of services"):
            return list(await self._open.services.list(filters={"label": _labels(labels)}))

    async def nodes(self) -> list[Document]:
        """Return the nodes of the Swarm this Engine manages."""
        with self._translated("list of nodes"):
            return list(await self._open.nodes.list())

    async def networks(self) -> list[Document]:
        """Return the networks this Engine knows."""
        with self._translated("list of networks"):
            return list(await self._open.networks.list())

    async def image(self, name: str) -> Document | None:
        """Return all about an image; None where the Engine does not have it."""
        with self._translated(f"image {name}", missing=True):
            return await self._open.images.inspect(name)
        return None

    async def events(self, since: int = 0) -> AsyncGenerator[Document]:
        """
        Yield what happens to containers, on their networks too, beginning with *since*.

        That is in nanoseconds of the epoch; zero repeats all the Engine remembers. The last
        event comes again where its own time is given. Ends when the stream does, also where
        a proxy has cut it.
        """
        docker, (_, aiohttp) = self._open, _libraries()
        # One of its own for each stream: its subscribers would share the first one's filters.
        stream = type(docker.events)(docker)
        inbox = stream.subscribe(create_task=False)
        filters = json.dumps({"type": ["container", "network"], "event": EVENTS})
        asking = asyncio.ensure_future(stream.run(since=_moment(since), filters=filters))
        try:
            while (event := await inbox.get()) is not None:
                yield cast(Document, event)
            with self._translated("events"), suppress(aiohttp.ClientPayloadError):
                await asking
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await asking

    # ── what it is to do ──────────────────────────────────────────────────────

    async def create(self, name: str, config: Document) -> str:
        """Create a container and return its id."""
        with self._translated(f"new container {name}"):
            created = await self._open.containers.create(dict(config), name=name)
        return created.id

    async def start(self, container: str) -> None:
        """Start a container; one that runs is fine."""
        with self._translated(f"start of container {container}"):
            await self._open.containers.container(container).start()

    @asynccontextmanager
    async def attached(self, container: str) -> AsyncGenerator[Terminal]:
        """Hold the standard streams of a container, which is best done before its start."""
        handle = self._open.containers.container(container)
        stream = handle.attach(stdin=True, stdout=True, stderr=True)
        with self._translated(f"attachment to container {container}"):
            await stream.__aenter__()
        try:
            yield cast(Terminal, stream)
        finally:
            with suppress(AssertionError):  # aiodocker's, where the Engine has hung up first
                await stream.close()

    @asynccontextmanager
    async def ending(
        self, container: str, condition: str = "next-exit"
    ) -> AsyncGenerator[Callable[[], Awaitable[int]]]:
        """
        Have the Engine watch for the next exit of a container, or for its removal.

        What is given waits for it, however long that takes, and returns the exit code.
        """
        what = f"end of container {container}"
        _, aiohttp = _libraries()
        waiting = self._open._query(
            f"containers/{container}/wait",
            "POST",
            params={"condition": condition},
            timeout=aiohttp.ClientTimeout(),
        )

        async def code() -> int:
            with self._translated(what):
                return int((await response.json())["StatusCode"])

        async with AsyncExitStack() as stack:
            with self._translated(what):
                response = await stack.enter_async_context(waiting)
            # Waiting ends with it; aiodocker leaves it open.
            stack.callback(response.close)
            yield code

    async def stop(self, container: str, grace: float) -> None:
        """Have a container end within *grace* seconds, or kill it; one that has ended is fine."""
        limit = grace + REQUEST_SECONDS
        with self._translated(f"stop of container {container}", missing=True):
            handle = self._open.containers.container(container)
            await handle.stop(t=max(0, round(grace)), timeout=limit)

    async def kill(self, container: str, signal: str = "SIGKILL") -> None:
        """Send *signal* to a container; one that has ended is fine."""
        with self._translated(f"kill of container {container}", missing=True):
            await self._open.containers.container(container).kill(signal=signal)

    async def remove(self, container: str) -> None:
        """Remove a container with its anonymous volumes, whatever it does."""
        with self._translated(f"removal of container {container}", missing=True):
            await self._open.containers.container(container).delete(force=True, v=True)

    async def logs(self, container: str, lines: int = 30) -> str:
        """Return the last *lines* a container has printed."""
        with self._translated(f"logs of container {container}", missing=True):
            handle = self._open.containers.container(container)
            return "".join(await handle.log(stdout=True, stderr=True, tail=lines, timeout=5.0))
        return ""

    async def output(self, container: str) -> AsyncGenerator[str]:
        """Yield what a container prints from now on, in pieces, until it ends."""
        handle = self._open.containers.container(container)
        with self._translated(f"output of container {container}", missing=True):
            printed = handle.log(stdout=True, stderr=True, follow=True, tail=0)
            async with aclosing(printed):
                async for piece in printed:
                    yield piece

    # ── how it is reached ─────────────────────────────────────────────────────

    @property
    def _open(self) -> Any:
        if self._docker is None:
            raise RuntimeError("this Engine is not open; use it within `async with` its block")
        return self._docker

    @contextmanager
    def _translated(self, what: str, *, missing: bool = False) -> Generator[None]:
        """Raise our errors in place of others'; with *missing*, 304, 404 and 409 are none."""
        aiodocker, aiohttp = _libraries()
        try:
            yield
        except aiodocker.DockerError as exc:
            if missing and exc.status in (304, 404, 409):
                return
            if exc.status == UNREACHED:
                raise DockerUnavailable(self.url, f"{what}: {exc.message}") from exc
            raise DockerRefused(self.url, what, exc.status, str(exc.message)) from exc
        except TimeoutError as exc:
            reason = f"{what}: no answer within {REQUEST_SECONDS:g} s"
            raise DockerUnavailable(self.url, reason) from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise DockerUnavailable(self.url, f"{what}: {exc}") from exc


def _libraries() -> tuple[Any, Any]:
    try:
        import aiodocker
        import aiohttp
    except ImportError as exc:
        raise ImportError("Docker needs an extra: pip install 'wool[docker]'") from exc
    return aiodocker, aiohttp


def _labels(labels: Mapping[str, str]) -> Sequence[str]:
    return [f"{key}={value}" if value else key for key, value in labels.items()]


def _moment(nanoseconds: int) -> str:
    return f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09d}"
