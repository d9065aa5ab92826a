"""The way from callers, on whichever loop, to the members of a pool."""

from __future__ import annotations

import asyncio
import threading
import uuid
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Protocol, cast

from wool.runtime.loadbalancer.form import Form, form_of
from wool.runtime.loadbalancer.picker import Picker
from wool.runtime.outside import user_level
from wool.runtime.worker.calls import Caller
from wool.runtime.worker.membership import Membership, PostMortem
from wool.runtime.worker.peer import Peer
from wool.runtime.worker.prospects import Supply
from wool.runtime.worker.seeking import Wish, among, sleepers, sought, tried
from wool.runtime.worker.session import Session
from wool.runtime.worker.stats import PoolStats, stats_of
from wool.runtime.worker.waiting import Waiters
from wool_common import frames as f
from wool_common.credentials import CredentialsLike
from wool_common.errors import Attempt
from wool_common.loops import Handover
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_common.watching import WATCHING

QUORUM_SECONDS: Final = 60.0
"""What a dispatch waits for a worker to be ready."""

SUBSET: Final = 20
"""How many of a pool's workers a client stays connected to."""

NARROWED: Final = 64
"""For how many sets of options the workers that they admit are remembered."""

ANYONE: Final = Wish()


class Selection(Protocol):
    """Which workers may run a call; hashable."""

    def admits(self, worker: WorkerMetadata) -> bool: ...


class Proxy:
    """
    The pool's members, and the way to one of them.

    Members live on the *home* loop; `ready` is an immutable snapshot that callers on any
    loop may read. It stays empty until *quorum* members could be used at the same time.
    Of more found members than *subset*, the others are known and not connected.
    """

    def __init__(
        self,
        *,
        balancer: object,
        home: asyncio.AbstractEventLoop,
        pool_id: str | None = None,
        credentials: CredentialsLike | None = None,
        quorum: int | None = 1,
        quorum_timeout: float | None = QUORUM_SECONDS,
        subset: int | None = SUBSET,
        supply: Supply = Supply.REPLACED,
    ) -> None:
        self.id = pool_id or uuid.uuid4().hex
        self.home = home
        self.ready: tuple[Peer, ...] = ()
        """The members that would take a task; a silent one only where all are."""
        self.usable: tuple[Peer, ...] = ()
        """All that a task could be sent to, before the quorum is reached, too."""
        self.quorum = quorum or 0
        self.quorum_timeout = quorum_timeout
        self.gathered = not self.quorum
        """True once the quorum has been reached."""
        self.supply = supply
        self.shortfall = ""
        """What to say where nobody has been found."""
        self.news = Waiters()
        self.ask(balancer)
        if self.form is Form.DISPATCH:
            warnings.warn(
                f"{type(balancer).__name__}.dispatch is deprecated: write delegate(*, context),"
                " see wool.DelegatingLoadBalancerLike",
                DeprecationWarning,
                stacklevel=user_level(),
            )
        self.credentials = credentials
        self._subset = subset
        self._narrowed: dict[Selection, tuple[tuple[Peer, ...], tuple[Peer, ...]]] = {}
        self._callers = threading.local()
        self._errands: Handover[Callable[[], None]] = Handover(home, lambda errand: errand())
        self._membership = Membership(
            pool_id=self.id,
            home=home,
            credentials=credentials,
            limit=None if subset is None else max(subset, self.quorum),
            watcher=self,
        )
        WATCHING.pools[id(self)] = self

    def ask(self, balancer: object) -> None:
        """
        Have *balancer* choose the workers from now on.

        Raises:
            TypeError: it is no load balancer; the text says why.
        """
        self.form = form_of(balancer)
        self.balancer = balancer
        self.picker: Picker | None = None
        """The balancer, where it chooses at once."""
        self.follows: Picker | None = None
        """The same, where it wants to know how busy workers are."""
        if self.form is Form.PICK:
            self.picker = cast(Picker, balancer)
            self.follows = self.picker if self.picker.follows_load else None

    # ── membership, on the home loop ──────────────────────────────────────────

    @property
    def scope(self) -> f.Payload:
        """The pool as it travels to workers, pickled."""
        return self._membership.scope

    @scope.setter
    def scope(self, payload: f.Payload) -> None:
        self._membership.scope = payload

    def join(
        self, worker: WorkerMetadata, post_mortem: PostMortem | None = None, *, own: bool = False
    ) -> None:
        """Add *worker*, the pool's *own* or a found one, or take its new metadata."""
        self._membership.join(worker, post_mortem, own=own)

    def leave(self, uid: WorkerId) -> None:
        """Drop the worker *uid*, and tell the other members; what runs there may finish."""
        self._membership.leave(uid)

    def opening(self) -> f.OpenPool:
        """Return the frame that tells a worker of this pool."""
        return self._membership.opening()

    def usable_changed(self, usable: tuple[Peer, ...], preferred: tuple[Peer, ...]) -> None:
        """Take in who can be used now, and who of them is not silent."""
        self.usable = usable
        self.gathered = self.gathered or len(usable) >= self.quorum
        if self.gathered:
            self.ready = preferred

    def load_reported(self, uid: WorkerId, load: f.Load) -> None:
        """Tell the balancer how busy a worker says it is."""
        if self.follows is not None:
            self.follows.reported(uid, load)

    def told(self) -> None:
        """Wake those who wait for news."""
        self.news.wake()

    async def settled(self) -> None:
        """Wait until every member can be used, or why it cannot is known; on the home loop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.quorum_timeout):
                await tried(self)

    async def aclose(self) -> None:
        """End every session; may be called twice."""
        await self._membership.aclose()
        self.news.wake()

    # ── the way to a member, on any loop ──────────────────────────────────────

    @property
    def members(self) -> tuple[Peer, ...]:
        """All members, whatever their state."""
        return tuple(self._membership.members.values())

    @property
    def present(self) -> tuple[Peer, ...]:
        """All that a task could be sent to, silent ones included, once the quorum is reached."""
        return self.usable if self.gathered else ()

    @property
    def closed(self) -> bool:
        """True once there is no way to anybody any more."""
        return self._membership.closed

    @property
    def is_settling(self) -> bool:
        """True while it is still to be decided who is connected."""
        return self._membership.is_settling

    def member(self, uid: WorkerId) -> Peer | None:
        """Return the member *uid*, whatever its state; None where there is none."""
        return self._membership.members.get(uid)

    def ready_member(self, uid: WorkerId) -> Peer | None:
        """Return the member *uid* where it is among the ready ones."""
        return self._membership.usable.get(uid) if self.gathered else None

    def stats(self) -> PoolStats:
        """Return what there is of this pool now."""
        return stats_of(self.members, self._membership.is_ejected, self.explain, len(self.news))

    def sessions(self) -> tuple[Session, ...]:
        """Return the sessions that are open, or about to be."""
        return self._membership.sessions

    def caller(self) -> Caller:
        """Return what belongs to the running loop."""
        loop = asyncio.get_running_loop()
        caller: Caller | None = getattr(self._callers, "caller", None)
        if caller is None or caller.loop is not loop:
            caller = self._callers.caller = Caller(loop)
        return caller

    def narrowed(self, options: Selection) -> tuple[Peer, ...]:
        """
        Return the ready members that *options* admit: the same tuple until they change.

        Where these are all silent, it is them.
        """
        ready = self.ready
        known = self._narrowed.get(options)
        if known is not None and known[0] is ready:
            return known[1]
        wish = Wish(admitted=options.admits)
        found = among(ready, wish) or among(self.present, wish)
        if len(self._narrowed) >= NARROWED:
            self._narrowed.clear()
        self._narrowed[options] = ready, found
        return found

    async def some_ready(self, timeout: float | None, wish: Wish = ANYONE) -> tuple[Peer, ...]:
        """
        Return the members that would do, waiting until there is one.

        Raises:
            NoWorkersAvailable: none became usable within *timeout* seconds, or the time for
                the quorum, or none ever can.
        """
        limits = [t for t in (timeout, self.quorum_timeout) if t is not None]
        return await sought(self, wish, min(limits) if limits else None)

    def explain(self, members: Iterable[Peer]) -> list[Attempt]:
        """Return why each of *members* is not used."""
        return self._membership.explain(members)

    async def evict(self, uid: WorkerId, reason: str) -> None:
        """Keep the worker *uid* out of use for a while; it is once this returns."""
        await self._at_home(lambda: self._membership.evict(uid, reason))

    def evict_soon(self, uid: WorkerId, reason: str) -> None:
        """Keep the worker *uid* out of use for a while; on the home loop at once."""
        self.do(lambda: self._membership.evict(uid, reason))

    def do(self, errand: Callable[[], None]) -> None:
        """Run *errand* on the home loop, at once where this is that."""
        if asyncio.get_running_loop() is self.home:
            errand()
        else:
            self._errands.put(errand)

    def strike(self, uid: WorkerId, reason: str) -> None:
        """Note that the worker *uid* has failed; it is kept out of use if that goes on."""
        self._errands.put(lambda: self._membership.strike(uid, reason))

    @property
    def has_spill(self) -> bool:
        """True where calls that were turned down may go on beyond the subset."""
        return self._membership.connected.spill > 0

    def wake(self, wish: Wish) -> None:
        """Connect to members outside of the subset, where none within it would do."""
        if self.gathered and (uids := sleepers(self.members, wish)):
            wake, spills = self._membership.connected.wake, bool(wish.tried)
            self._errands.put(lambda: wake(uids, self._subset, spills=spills))

    async def wake_all(self) -> None:
        """Connect to every member, and wait until each can be used or why not is known."""
        uids = [m.metadata.uid for m in self.members]
        await self._at_home(lambda: self._membership.connected.wake(uids))
        await self.settled()

    async def _at_home(self, errand: Callable[[], None]) -> None:
        """Run *errand* on the home loop, and return once that is done."""
        loop = asyncio.get_running_loop()
        if loop is self.home:
            errand()
            return

        async def run() -> None:
            errand()

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(run(), self.home))
