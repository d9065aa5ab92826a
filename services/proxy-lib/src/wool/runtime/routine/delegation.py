"""Let a balancer offer workers for one task, while the attempts are made here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any, Final, cast
from uuid import UUID

from wool.runtime.loadbalancer.form import Form
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.routine.attempts import Attempts
from wool.runtime.routine.options import DispatchOptions
from wool.runtime.routine.placement import accepted
from wool.runtime.routine.views import PoolView, ViewByUid
from wool.runtime.worker.calls import CANCEL_LIMIT, Call, Caller, Lost, Order
from wool.runtime.worker.gateway import Proxy
from wool.runtime.worker.peer import Peer
from wool.runtime.worker.seeking import among
from wool_common import frames as f
from wool_common.errors import StatusCode, TransientRpcError
from wool_common.metadata import WorkerId, WorkerMetadata

log = logging.getLogger("wool")

MISSES: Final = 100
"""How many offers on end that cannot be tried are taken for an endless loop."""

PAIR: Final = 2
"""What (metadata, connection) are."""

ENDED: Final = object()
"""Stands for an offer where the balancer makes no more."""

Offers = AsyncGenerator[object, object]


class Delegation(Attempts):
    """
    The search where the balancer offers one worker after the other.

    `submit` returns once a worker has taken the task and the balancer knows, or the task is
    lost. Whatever becomes of it, the balancer's generator is closed then.
    """

    def __init__(
        self, proxy: Proxy, order: Order, options: DispatchOptions, task: PlacedTask
    ) -> None:
        super().__init__(proxy, order, options)
        self._view = PoolView(self, task)

    async def submit(self, caller: Caller) -> Call:
        """Send the task to a worker that the balancer offers and that takes it."""
        while True:
            if not self.admitted():
                await self.wait()
            call = await self._delegate(caller)
            if call is not None:
                return call
            self.in_time()
            if among(self.admitted(), self._wish()):
                raise self.given_up(
                    "no worker that the load balancer offered took the task, though there are"
                    f" others: {self._name}.delegate may yield another one after each that fails"
                )
            await self.wait()

    async def _delegate(self, caller: Caller) -> Call | None:
        """Make attempts until the balancer knows of one that succeeded; None: it has given up."""
        offers = self._offers()
        misses = 0
        try:
            offer = await self._offered(offers.__anext__(), None)
            while offer is not ENDED:
                self.in_time()
                member = self._member_of(offer)
                failure: Exception | None
                if member is None:
                    misses += 1
                    failure = self._missed(offer, misses)
                else:
                    misses = 0
                    call, failure = await self._attempt(member, caller)
                    if failure is None:
                        if type(call.end) is not Lost:
                            await self._confirm(offers, call, member)
                        return call
                offer = await self._next(offers, failure, missed=member is None)
            return None
        finally:
            await _closed(offers)

    @property
    def _name(self) -> str:
        """What the balancer's author calls it."""
        return type(self._proxy.balancer).__name__

    def _offers(self) -> Offers:
        balancer = cast(Any, self._proxy.balancer)
        if self._proxy.form is Form.DELEGATE_015:
            offers = balancer.delegate(self._view.task, context=ViewByUid(self._view))
        else:
            offers = balancer.delegate(context=self._view)
        if not isinstance(offers, AsyncGenerator):
            raise TypeError(
                f"{self._name}.delegate returned {offers!r:.200}; it must be an async generator:"
                " `async def` with a `yield`"
            )
        return cast(Offers, offers)

    async def _attempt(self, member: Peer, caller: Caller) -> tuple[Call, Exception | None]:
        """Send the task to *member*; return what became of it, and why it did not start there."""
        call = Call(self._order, caller)
        try:
            await self.room(member)
        except Exception as exc:  # noqa: BLE001 - nothing was sent: another worker may be tried
            await self._proxy.evict(member.metadata.uid, f"{type(exc).__name__}: {exc}")
            return call, exc
        self.begin(call, member)
        await accepted(call, self)
        end = call.end
        if end is not None and self.failed(end):
            return call, self.error
        return call, None

    async def _next(self, offers: Offers, failure: Exception, *, missed: bool) -> object:
        """Tell the balancer of *failure*, and return its next offer, or ENDED."""
        if missed and self._proxy.form is Form.DELEGATE_015:
            return await self._offered(offers.__anext__(), None)
        return await self._offered(offers.athrow(failure), failure)

    async def _offered(self, step: Any, thrown: BaseException | None) -> object:
        """Return what the balancer offers in time, or ENDED."""
        limit = asyncio.timeout(self.remaining())
        try:
            async with limit:
                return await _asked(step, thrown)
        except TimeoutError:
            if not limit.expired():
                raise
            problem = f"{self._name}.delegate offered no worker within dispatch_timeout"
            raise self.given_up(problem) from None

    async def _confirm(self, offers: Offers, call: Call, member: Peer) -> None:
        """Tell the balancer that *member* took the task; it must end then."""
        by_uid = self._proxy.form is Form.DELEGATE_015
        try:
            again = await offers.asend(member.metadata.uid if by_uid else member.metadata)
        except StopAsyncIteration:
            return
        except BaseException:
            await self._recall(call)
            raise
        await self._recall(call)
        offered = _uid_of(again) or again
        raise RuntimeError(
            f"{self._name}.delegate yielded {offered!r:.200} after a worker had taken the task: it"
            " must end once it is told so, which is when `yield` gives it a worker. The task was"
            " cancelled"
        )

    async def _recall(self, call: Call) -> None:
        """Cancel a task that was taken, and wait until it has ended."""
        if call.end is not None:
            return
        if not self._order.stream:
            await call.cancel()
            return
        call.say(f.Close)
        try:
            async with asyncio.timeout(CANCEL_LIMIT):
                while call.end is None:
                    await call.more()
        except TimeoutError:
            return

    def _member_of(self, offer: object) -> Peer | None:
        """Return the worker that is offered, as it is now; None where it cannot be used."""
        uid = _uid_of(offer)
        if uid is None:
            raise TypeError(
                f"{self._name}.delegate yielded {offer!r:.200}; it yields workers: (metadata,"
                " connection), metadata or uid"
            )
        return self.usable(uid)

    def _missed(self, offer: object, misses: int) -> TransientRpcError:
        if misses > max(MISSES, 2 * len(self.admitted())):
            raise self.given_up(
                "the load balancer goes on offering workers that cannot be used, such as"
                f" {_uid_of(offer)}: {self._name}.delegate may yield those in context.workers"
            )
        details = f"worker {_uid_of(offer)} has left the pool, or cannot run this task now"
        return TransientRpcError(StatusCode.UNAVAILABLE, details)


async def _asked(step: Any, thrown: BaseException | None) -> object:
    """Return what the balancer offers, ENDED where it has ended, or let *thrown* pass."""
    try:
        return await step
    except StopAsyncIteration:
        return ENDED
    except Exception as exc:
        if exc is thrown:
            return ENDED  # it had nothing to say to it
        raise


async def _closed(offers: Offers) -> None:
    try:
        await offers.aclose()
    except Exception:  # what it raises now must not stand in for what the caller is told
        log.exception("a load balancer's generator could not be closed")


def _uid_of(offer: object) -> WorkerId | None:
    if isinstance(offer, tuple) and len(cast("tuple[object, ...]", offer)) == PAIR:
        offer = cast("tuple[object, object]", offer)[0]
    if isinstance(offer, WorkerMetadata):
        return offer.uid
    return WorkerId(str(offer)) if isinstance(offer, str | UUID) else None
