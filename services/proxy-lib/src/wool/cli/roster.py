"""Ask the workers that were found what they are, again and again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from wool.cli.by_flags import by_flags
from wool.cli.plainly import plainly
from wool.cli.sighting import Sighting, each_once
from wool_common.credentials import CredentialsLike
from wool_common.describe import Description, Inquiry
from wool_common.errors import RpcError, StatusCode, WoolError

LEAST_PAUSE: Final = 0.05
SILENCE: Final = "no answer within"
"""How a problem begins where there may be a worker all the same."""


@dataclass(slots=True)
class _Candidate:
    """An address, with who has named it and what came of asking there."""

    asking: asyncio.Task[None]
    sources: set[str] = field(default_factory=set[str])
    description: Description | None = None
    problem: str | None = None


class Roster:
    """
    The workers that are known; lives on one loop, within its block.

    Each is asked every *interval* seconds, and has *timeout* seconds to answer. *problems*
    are those of sources, by source.
    """

    def __init__(
        self, credentials: CredentialsLike | None, *, timeout: float, interval: float
    ) -> None:
        self.problems: dict[str, str] = {}
        self._credentials = credentials
        self._timeout = timeout
        self._interval = interval
        self._candidates: dict[str, _Candidate] = {}
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asking = [candidate.asking for candidate in self._candidates.values()]
        self._candidates.clear()
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def put(self, source: str, address: str) -> None:
        """Note that *source* knows of a worker at *address*."""
        candidate = self._candidates.get(address)
        if candidate is None:
            asking = asyncio.create_task(self._ask(address), name=f"wool-ask {address}")
            candidate = self._candidates[address] = _Candidate(asking)
        candidate.sources.add(source)
        self._news.set()

    def drop(self, source: str, address: str) -> None:
        """Note that *source* knows of none at *address* any more."""
        candidate = self._candidates.get(address)
        if candidate is None:
            return
        candidate.sources.discard(source)
        if not candidate.sources:
            del self._candidates[address]
            candidate.asking.cancel()
        self._news.set()

    def trouble(self, source: str, problem: str | None) -> None:
        """Note why *source* cannot tell of workers, None where it can."""
        if problem is None:
            self.problems.pop(source, None)
        else:
            self.problems[source] = problem
        self._news.set()

    def sightings(self) -> list[Sighting]:
        """Return what is known of each worker."""
        return each_once(
            Sighting(
                address=address,
                sources=tuple(sorted(candidate.sources)),
                description=candidate.description,
                problem=candidate.problem,
            )
            for address, candidate in self._candidates.items()
        )

    async def news(self) -> None:
        """Wait until there is something else to say than when this was called last."""
        await self._news.wait()
        self._news.clear()

    async def _ask(self, address: str) -> None:
        clock = asyncio.get_running_loop().time
        inquiry: Inquiry | None = None
        try:
            while True:
                began = clock()
                try:
                    inquiry = inquiry or Inquiry(address, self._credentials)
                    self._answered(address, await inquiry.ask(self._timeout))
                except (WoolError, OSError, ValueError) as exc:
                    if inquiry is not None:
                        await inquiry.aclose()
                        inquiry = None
                    self._failed(address, shortened(exc, self._timeout))
                await asyncio.sleep(max(LEAST_PAUSE, began + self._interval - clock()))
        finally:
            if inquiry is not None:
                await inquiry.aclose()

    def _answered(self, address: str, description: Description) -> None:
        candidate = self._candidates[address]
        candidate.description, candidate.problem = description, None
        self._news.set()

    def _failed(self, address: str, problem: str) -> None:
        self._candidates[address].problem = problem
        self._news.set()


def shortened(exc: Exception, timeout: float) -> str:
    """Return what *exc* says of a worker, without what people cannot use."""
    if not isinstance(exc, RpcError):
        return str(exc)
    if exc.code is StatusCode.DEADLINE_EXCEEDED:
        return f"{SILENCE} {timeout:g} s"
    if exc.code is StatusCode.UNIMPLEMENTED:
        return "what answers there is no worker"
    return by_flags(plainly(exc.details))
