"""A private discovery service is told of workers as they come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from discovery_service import FakeService, serving, worker

from wool.runtime.discovery.docker_announcing import Announcing
from wool.runtime.discovery.docker_watch import Place
from wool_common.discovery.following import Board
from wool_common.metadata import WorkerId


@asynccontextmanager
async def following(service: FakeService, folder: Path) -> AsyncGenerator[Board]:
    """Have what is put on a board announced to *service*."""
    board = Board()

    async with serving(service, folder) as address, aclosing(board.follow()) as events:

        async def way() -> Place:
            return Place(address, None)

        doing = asyncio.create_task(Announcing(way).follow(events))
        try:
            yield board
        finally:
            doing.cancel()
            await asyncio.wait([doing])


async def announced(service: FakeService, *uids: str) -> None:
    """Wait until *service* knows those workers and no other."""
    async with asyncio.timeout(20):
        while set(service.announced) != set(uids):
            await service.heard_once_more()


async def test_one_that_is_waited_for_holds_up_nobody(place: Path) -> None:
    """The service asks a worker before it answers, which may take long."""
    service = FakeService()
    service.silent = "slow"
    async with following(service, place) as board:
        board.put(worker("slow"))
        board.put(worker("a"))
        board.put(worker("b"))
        await announced(service, "a", "b")

        board.drop(WorkerId("a"))
        await announced(service, "b")


async def test_one_that_leaves_while_it_is_announced_is_no_failure(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The latest word on a worker counts; what was being said before is not waited for."""
    service = FakeService()
    service.silent = "brief"
    async with following(service, place) as board:
        board.put(worker("brief"))
        await service.heard_once_more()
        board.drop(WorkerId("brief"))
        async with asyncio.timeout(20):
            while service.withdrawn != ["brief"]:
                await service.heard_once_more()
        service.silent = ""
        board.put(worker("brief"))
        await announced(service, "brief")

    assert caplog.messages == []
