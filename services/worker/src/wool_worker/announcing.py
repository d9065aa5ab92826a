"""Tell those who look for workers that this one is there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wool_common import logs
from wool_common.metadata import WorkerMetadata
from wool_worker.config import Announcement

if TYPE_CHECKING:
    # Imported, it would delay the start of workers that announce nothing.
    from wool_common.discovery.protocols import DiscoveryPublisherLike

CLOSE_SECONDS: Final = 1.0
"""What each part of the end of an announcement may take."""


def publisher_for(
    announcement: Announcement, advertise: str | None
) -> AbstractAsyncContextManager[DiscoveryPublisherLike]:
    """
    Return what tells of workers there.

    Raises:
        ImportError: an extra is missing; the text names it.
        ValueError: the namespace is none.
    """
    if announcement.kind == "lan":
        from wool_common.discovery.lan import LanPublisher

        return LanPublisher(announcement.namespace, advertise_host=advertise)
    from wool_common.discovery.local import LocalPublisher

    return LocalPublisher(announcement.namespace or "")


class Announcer:
    """
    Tells those who look for workers that this one is there.

    What fails at the start is raised; later it is logged, and the worker goes on.
    """

    def __init__(self, announcements: Iterable[Announcement], *, advertise: str | None) -> None:
        self._announcements = tuple(announcements)
        self._advertise = advertise
        self._stack = AsyncExitStack()
        self._told: list[tuple[DiscoveryPublisherLike, WorkerMetadata]] = []

    async def announce(self, worker: WorkerMetadata, *, listens: str) -> None:
        """
        Tell everywhere that *worker* is there; *listens* is what it is bound to.

        Raises:
            DiscoveryError, OSError: it cannot be told.
        """
        for announcement in self._announcements:
            publisher = await self._stack.enter_async_context(
                publisher_for(announcement, self._advertise)
            )
            # On a network, a worker bound to everything has an address for each part of it.
            told = replace(worker, address=listens) if announcement.kind == "lan" else worker
            await publisher.publish("worker-added", told)
            self._told.append((publisher, told))

    async def drop(self) -> None:
        """Tell everywhere that the worker is not to be used any more."""
        told, self._told = self._told, []
        await asyncio.gather(*(_drop(publisher, worker) for publisher, worker in told))

    async def aclose(self) -> None:
        """Close what was opened to tell it."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._stack.aclose()
        except Exception as exc:  # noqa: BLE001 - the worker ends all the same
            logs.get().warning("announcement_not_closed", error=repr(exc))


async def _drop(publisher: DiscoveryPublisherLike, worker: WorkerMetadata) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await publisher.publish("worker-dropped", worker)
    except Exception as exc:  # noqa: BLE001 - whoever follows learns of the drain, too
        logs.get().warning("announcement_not_dropped", error=repr(exc))
