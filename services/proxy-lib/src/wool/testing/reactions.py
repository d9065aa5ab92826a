"""What a fake worker does with a task that arrives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TypeAlias

from wool_common.errors import StatusCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """Run the task, after *delay* seconds and once *gate* is set; until then say nothing."""

    delay: float = 0.0
    gate: asyncio.Event | None = None

    async def settle(self) -> None:
        """Wait until the task may begin."""
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.gate is not None:
            await self.gate.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Refuse the task; it provably did not start."""

    code: StatusCode = StatusCode.RESOURCE_EXHAUSTED
    reason: str = "backpressure"
    details: str = "the fake worker was told to refuse"
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose:
    """Cut the session as soon as the task has arrived; it may have run."""

    details: str = "the fake worker was told to go away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Never answer."""


Reaction: TypeAlias = Accept | Refuse | Lose | Ignore
