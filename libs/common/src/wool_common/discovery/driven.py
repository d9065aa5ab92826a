"""Keep a board up to date for as long as somebody follows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from wool_common.discovery.following import Board
from wool_common.discovery.protocols import DiscoveryEvent, PredicateFunction

Drive = Callable[[Board], Awaitable[None]]


async def driven(
    drive: Drive, filter: PredicateFunction | None = None
) -> AsyncGenerator[DiscoveryEvent]:
    """
    Follow a board of this iteration's own, which *drive* keeps up to date meanwhile.

    *drive* is cancelled when the iteration ends; where it fails, that ends the iteration.
    """
    board = Board()
    driving = asyncio.create_task(_drive(drive, board), name="wool-discovery")
    try:
        async with aclosing(board.follow(filter)) as events:
            async for event in events:
                yield event
    finally:
        driving.cancel()
        await asyncio.wait([driving])


async def _drive(drive: Drive, board: Board) -> None:
    try:
        await drive(board)
    except Exception as exc:  # noqa: BLE001 - raised again where the events are awaited
        board.fail(exc)
