"""Ask who is there at some addresses, again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from wool_common.describe import Description
from wool_common.discovery.claims import Claims
from wool_common.discovery.following import Board
from wool_common.discovery.patience import Patience

log: Final = logging.getLogger("wool")

Ask = Callable[[str], Awaitable[Description]]
"""Returns what the worker at an address says about itself."""

AT_A_TIME: Final = 32
"""How many addresses are asked at once."""

LIMIT_INTERVALS: Final = 2
"""For how many intervals a worker may be silent before it counts as gone."""


class Visits:
    """
    Keeps a *board* up to date with who answers at the addresses it attends.

    Its tasks belong to *group*. A worker that is silent is dropped after a while, as is one
    that another has replaced; a draining one that nobody knows yet is none.
    """

    def __init__(
        self, board: Board, group: asyncio.TaskGroup, ask: Ask, *, interval: float
    ) -> None:
        self._claims = Claims(board)
        self._group = group
        self._ask = ask
        self._interval = interval
        self._places = asyncio.Semaphore(AT_A_TIME)
        self._visits: dict[str, asyncio.Task[None]] = {}

    def attend(self, addresses: Iterable[str]) -> None:
        """Ask at exactly *addresses* from now on."""
        wanted = dict.fromkeys(addresses)
        for address in [address for address in self._visits if address not in wanted]:
            self._visits.pop(address).cancel()
            self._claims.withdraw(address)
        for address in wanted:
            if address not in self._visits:
                self._visits[address] = self._group.create_task(
                    self._visit(address), name=f"wool-visit {address}"
                )

    async def _visit(self, address: str) -> None:
        clock = asyncio.get_running_loop().time
        patience = Patience(interval=self._interval, limit=LIMIT_INTERVALS * self._interval)
        while True:
            try:
                async with self._places:
                    description = await self._ask(address)
            except Exception as exc:  # noqa: BLE001 - whatever it is, it is told and asked again
                if not patience.is_failing:
                    log.warning("no worker answers at %s, which is asked again: %s", address, exc)
                pause = patience.fail(clock())
                if patience.is_over(clock()):
                    self._claims.withdraw(address)
            else:
                if patience.is_failing:
                    log.info("a worker answers at %s", address)
                pause = patience.succeed()
                self._take_in(address, description)
            await asyncio.sleep(pause)

    def _take_in(self, address: str, description: Description) -> None:
        known = self._claims.at(address)
        is_new = known is None or known.uid != description.metadata.uid
        if is_new and description.draining:
            self._claims.withdraw(address)
        else:
            self._claims.claim(description.metadata)
