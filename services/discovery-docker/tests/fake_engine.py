"""A Docker Engine that does what a test tells it: enough of its API to be watched."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

RING = 256
"""Events an Engine remembers."""

Document = dict[str, Any]


class FakeEngine:
    """
    Answers on a Unix socket at *path*, and tells of what tests do to its containers.

    *swallowed* loses events as a stream does whose buffer is full; *denied* are the first
    words of paths a proxy does not let through; *events_lack_status* speaks as API 1.52;
    *summaries_are_odd* lists containers as no Engine does, with their secrets.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.containers: dict[str, Document] = {}
        self.tasks: list[Document] = []
        self.services: list[Document] = []
        self.manages_swarm = False
        self.swallowed = False
        self.summaries_are_odd = False
        self.events_lack_status = True
        self.denied: frozenset[str] = frozenset()
        self.requests: list[tuple[str, str]] = []
        self.streams_opened = 0
        self.opened = asyncio.Condition()
        self.listed = asyncio.Condition()
        self.lists = 0
        self._ring: deque[Document] = deque(maxlen=RING)
        self._streams: set[asyncio.Queue[Document | None]] = set()
        self._ends_politely = False
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    # ── its life ──────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Begin to answer, remembering no event."""
        self._ring.clear()
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.UnixSite(self._runner, str(self.path)).start()

    async def stop(self) -> None:
        """Cut every connection, and answer no more."""
        self.cut_streams()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def cut_streams(self, *, politely: bool = False) -> None:
        """Cut the streams of events, as proxies do every ten minutes, or end them *politely*."""
        self._ends_politely = politely
        for stream in self._streams:
            stream.put_nowait(None)

    # ── what tests do ─────────────────────────────────────────────────────────

    def put(self, container: Document, *actions: str) -> None:
        """Have *container* be there, or be so from now on, and tell that *actions* happened."""
        self.containers[container["Id"]] = container
        for action in actions:
            self.emit(action, container)

    def remove(self, container: str, *actions: str) -> None:
        """Have the container be there no more, and tell that *actions* happened."""
        gone = self.containers.pop(container)
        for action in actions:
            self.emit(action, gone)

    def emit(self, action: str, container: Document) -> None:
        """Tell that *action* happened to *container*."""
        config = container["Config"]
        event: Document = {
            "Type": "container",
            "Action": action,
            "Actor": {"ID": container["Id"], "Attributes": dict(config["Labels"])},
            "time": int(time.time()),
            "timeNano": time.time_ns(),
        }
        if not self.events_lack_status:
            event |= {"status": action, "id": container["Id"], "from": config.get("Image", "")}
        self._tell(event)

    def emit_network(self, action: str, network: str, container: str) -> None:
        """Tell that the container was connected to *network*, or disconnected from it."""
        self._tell(
            {
                "Type": "network",
                "Action": action,
                "Actor": {
                    "ID": f"{network}-id",
                    "Attributes": {"container": container, "name": network, "type": "bridge"},
                },
                "time": int(time.time()),
                "timeNano": time.time_ns(),
            }
        )

    def _tell(self, event: Document) -> None:
        self._ring.append(event)
        if not self.swallowed:
            for stream in self._streams:
                stream.put_nowait(event)

    async def until_opened(self, count: int) -> None:
        """Wait until the stream of events has been opened *count* times in all."""
        async with self.opened, asyncio.timeout(10):
            await self.opened.wait_for(lambda: self.streams_opened >= count)

    async def until_listed(self, count: int) -> None:
        """Wait until all containers have been listed *count* times in all."""
        async with self.listed, asyncio.timeout(10):
            await self.listed.wait_for(lambda: self.lists >= count)

    # ── what it answers ───────────────────────────────────────────────────────

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        words = [word for word in request.path.split("/") if word]
        if words and words[0].startswith("v1."):
            words = words[1:]
        self.requests.append((request.method, "/".join(words)))
        if words and words[0] in self.denied:
            return web.json_response({"message": "forbidden"}, status=403)
        match words:
            case ["version"]:
                return web.json_response({"ApiVersion": "1.52", "Version": "99"})
            case ["info"]:
                swarm = {"ControlAvailable": self.manages_swarm, "NodeID": "n1"}
                return web.json_response({"Swarm": swarm})
            case ["containers", "json"]:
                return await self._list()
            case ["containers", container, "json"]:
                return self._inspect(container)
            case ["events"]:
                return await self._stream(request)
            case ["tasks"]:
                return web.json_response(self.tasks)
            case ["services"]:
                return web.json_response(self.services)
            case _:
                return web.json_response({"message": "page not found"}, status=404)

    async def _list(self) -> web.Response:
        summaries = [
            {"Id": c["Id"], "Labels": c["Config"]["Labels"], "State": c["State"]["Status"]}
            for c in self.containers.values()
            if c["State"]["Running"] or c["State"]["Paused"]
        ]
        if self.summaries_are_odd:
            summaries = [{"Labels": [str(c)]} for c in self.containers.values()]
        async with self.listed:
            self.lists += 1
            self.listed.notify_all()
        return web.json_response(summaries)

    def _inspect(self, container: str) -> web.Response:
        short = (one for key, one in self.containers.items() if key.startswith(container))
        found = self.containers.get(container) or next(short, None)
        if found is None:
            return web.json_response({"message": f"No such container: {container}"}, status=404)
        return web.json_response(found)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        with suppress(ConnectionError):
            await response.prepare(request)
            await self._tell_all(request, response)
        if not self._ends_politely and request.transport is not None:
            request.transport.abort()
        return response

    async def _tell_all(self, request: web.Request, response: web.StreamResponse) -> None:
        stream: asyncio.Queue[Document | None] = asyncio.Queue()
        for event in self._since(request.query.get("since", "")):
            stream.put_nowait(event)
        self._streams.add(stream)
        async with self.opened:
            self.streams_opened += 1
            self.opened.notify_all()
        try:
            while (event := await stream.get()) is not None:
                await response.write(json.dumps(event).encode() + b"\n")
        finally:
            self._streams.discard(stream)

    def _since(self, moment: str) -> Iterator[Document]:
        """Yield what is remembered; the event of that very moment comes again."""
        if not moment:
            return
        seconds, _, nanoseconds = moment.partition(".")
        since = int(seconds) * 10**9 + int(nanoseconds or 0)
        yield from (event for event in self._ring if event["timeNano"] >= since)


def container(
    id: str,
    *,
    labels: Mapping[str, str] | None = None,
    networks: Mapping[str, str] | None = None,
    status: str = "running",
    health: str = "",
    began: str = "2026-01-01T00:00:00Z",
    network_mode: str = "bridge",
    ports: Mapping[str, list[Document]] | None = None,
) -> Document:
    """Return what an Engine answers about a container; *networks* have one address each."""
    state: Document = {
        "Status": status,
        "Running": status in ("running", "paused"),
        "Paused": status == "paused",
        "StartedAt": began,
    }
    if health:
        state["Health"] = {"Status": health}
    attached = {
        name: {
            "NetworkID": f"{name}-id",
            "IPAddress": "" if ":" in address else address,
            "GlobalIPv6Address": address if ":" in address else "",
        }
        for name, address in (networks or {}).items()
    }
    return {
        "Id": id,
        "Name": f"/{id}",
        "Config": {"Labels": dict({"wool.worker": "true"} if labels is None else labels)},
        "State": state,
        "HostConfig": {"NetworkMode": network_mode},
        "NetworkSettings": {"Networks": attached, "Ports": dict(ports or {})},
    }
