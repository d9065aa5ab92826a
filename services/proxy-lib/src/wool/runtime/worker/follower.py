"""Follow a discovery, so that the workers it finds become members."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection, Container, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from wool.runtime.worker.found import Found, Membership
from wool_common.discovery.protocols import DiscoveryEvent, DiscoverySubscriberLike
from wool_common.metadata import WorkerId

if TYPE_CHECKING:
    from wool_common.credentials import CredentialsLike

log = logging.getLogger("wool")

PAUSES: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a subscription that ended is begun again, give or take half; the last repeats."""

STEADY_SECONDS: Final = 30.0
"""A subscription that lasted this long did not end for the same reason as the one before."""

GRACE_SECONDS: Final = 5.0
"""What a subscription that began again has to tell of a member that was known before."""

CLOSE_SECONDS: Final = 5.0
"""What a subscriber may take to end."""

BURST: Final = 64
"""Events acted on before others on the loop have their turn."""


class Dialling(Protocol):
    """A subscriber that asks the workers themselves, and needs credentials for it."""

    def dialling(self, credentials: CredentialsLike | None) -> AsyncIterable[DiscoveryEvent]: ...


class Follower:
    """
    Makes the workers that *subscriber* tells of join *members*, and leave; lives on one loop.

    A worker must carry one of *tags*, if there are any. At most *lease* are members at a
    time; one turned away for that joins when another leaves. Those *known* otherwise are
    left alone. A subscription that ends or fails is begun again; what was found before
    stays a member until it is announced as dropped, or is not announced again and *lost*
    says that it cannot be used either.
    """

    def __init__(
        self,
        subscriber: DiscoverySubscriberLike,
        members: Membership,
        *,
        tags: Collection[str] = (),
        lease: int | None = None,
        credentials: CredentialsLike | None = None,
        known: Container[WorkerId] = frozenset(),
        lost: Callable[[WorkerId], bool] = lambda uid: False,
        pauses: Sequence[float] = PAUSES,
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._subscriber = subscriber
        self._credentials = credentials
        self._lost = lost
        self._pauses = pauses
        self._grace = grace
        self._found = Found(members, tags=tags, lease=lease, known=known)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow, on the running loop."""
        follow = self._follow()
        self._task = asyncio.get_running_loop().create_task(follow, name="wool-follower")

    async def aclose(self, timeout: float = CLOSE_SECONDS) -> None:
        """Follow no more; may be called twice. A subscriber that does not end is left behind."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        _, left = await asyncio.wait([task], timeout=timeout)
        if left:
            log.warning("%s did not end within %.3g s", _name(self._subscriber), timeout)

    async def _follow(self) -> None:
        failures = 0
        while True:
            began = time.monotonic()
            ended = "ended"
            try:
                await self._subscribe()
            except asyncio.CancelledError:
                if cast(asyncio.Task[None], asyncio.current_task()).cancelling():
                    raise
                ended = "cancelled itself"
            except Exception as exc:  # noqa: BLE001 - a discovery may be the application's own
                ended = f"failed with {type(exc).__name__}: {exc}"
            failures = 1 if time.monotonic() - began > STEADY_SECONDS else failures + 1
            log.log(
                logging.WARNING if failures == 1 else logging.DEBUG,
                "%s %s; known workers are kept, and it is asked again",
                _name(self._subscriber),
                ended,
            )
            pause = self._pauses[min(failures, len(self._pauses)) - 1]
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))

    async def _subscribe(self) -> None:
        """Act on what one subscription tells until it ends."""
        subscriber = self._subscriber
        source: AsyncIterable[object] = subscriber
        if hasattr(subscriber, "dialling"):
            source = cast(Dialling, subscriber).dialling(self._credentials)
        self._found.begin()
        events = aiter(source)
        sweep = asyncio.create_task(self._sweep(), name="wool-follower-sweep")
        try:
            count = 0
            async for event in events:
                self._found.hear(event)
                count += 1
                if not count % BURST:
                    await asyncio.sleep(0)
        finally:
            sweep.cancel()
            await asyncio.wait([sweep])
            await _closed(events)

    async def _sweep(self) -> None:
        """Drop whom this subscription does not tell of, once they cannot be used either."""
        doubts = self._found.doubts
        while doubts:
            await asyncio.sleep(self._grace)
            doubts = self._found.sweep(self._lost)


async def _closed(events: AsyncIterator[object]) -> None:
    """Close *events* where that is possible; one that is a generator must not be left open."""
    close: Callable[[], Any] | None = getattr(events, "aclose", None)
    if close is not None:
        await close()


def _name(subscriber: object) -> str:
    return f"the subscriber {type(subscriber).__name__}"
