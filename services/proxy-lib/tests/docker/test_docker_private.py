"""Whether an Engine can be followed is asked before a process is started for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from wool.runtime.discovery.docker_private import check_engine
from wool_common.errors import DockerRefused


@asynccontextmanager
async def proxy(path: Path, *, lets_through: Collection[str]) -> AsyncGenerator[str]:
    """Be a proxy before an Engine without containers that lets GET of some paths through."""

    async def answer(request: web.Request) -> web.Response:
        first = next(p for p in request.path.split("/") if p and not p.startswith("v1."))
        if request.method != "GET" or first not in lets_through:
            return web.json_response({"message": "forbidden"}, status=403)
        return web.json_response({"ApiVersion": "1.45"} if first == "version" else [])

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.UnixSite(runner, str(path)).start()
        yield f"unix://{path}"
    finally:
        await runner.cleanup()


async def test_a_proxy_need_not_let_more_through_than_the_service_needs(tmp_path: Path) -> None:
    """What the documentation names for one Engine is enough."""
    needed = {"containers", "events", "version"}
    async with proxy(tmp_path / "s", lets_through=needed) as engine:
        await check_engine(engine)


async def test_an_engine_that_tells_of_no_containers_is_told_at_once(tmp_path: Path) -> None:
    """Nothing could be found by it."""
    async with proxy(tmp_path / "s", lets_through={"version"}) as engine:
        with pytest.raises(DockerRefused, match="list of containers, 403"):
            await check_engine(engine)
