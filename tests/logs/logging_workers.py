"""Pools of workers of which the log is read."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from started_workers import StartedWorker, started

import wool

HERE: Final = Path(__file__).parent


@asynccontextmanager
async def pool_of(
    folder: Path, *uids: str, flags: tuple[str, ...] = (), **variables: str
) -> AsyncGenerator[list[StartedWorker]]:
    """Open a pool of workers of these names."""
    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(started(folder, uid, *flags, modules=HERE, **variables))
            for uid in uids
        ]
        found = wool.StaticDiscovery(*(worker.address for worker in workers))
        await stack.enter_async_context(
            wool.WorkerPool(discovery=found, quorum=len(workers), lazy=False)
        )
        yield workers
