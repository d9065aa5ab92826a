"""Find workers on the local network, by multicast DNS."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Sequence
from functools import partial

from wool_common.discovery.driven import driven
from wool_common.discovery.following import Board
from wool_common.discovery.lan_arguments import checked_interfaces, checked_namespace
from wool_common.discovery.lan_publisher import AdvertiseHost, LanPublisher
from wool_common.discovery.lan_watch import Completer, Watch
from wool_common.discovery.protocols import DiscoveryEvent, PredicateFunction
from wool_common.discovery.subscriber import checked_filter

__all__ = ["Completer", "LanDiscovery", "LanPublisher", "LanSubscriber"]


class LanSubscriber:
    """
    Hears of the workers that others announce on the network.

    Each iteration listens for itself and hears all that are there; it ends in a
    DiscoveryError where this machine has no network. A worker whose tags or extra are too
    long for a record is asked for them by *complete*; without that, it is told of as if it
    had none.
    """

    def __init__(
        self,
        namespace: str | None = None,
        filter: PredicateFunction | None = None,
        *,
        interfaces: Sequence[str] | None = None,
        complete: Completer | None = None,
    ) -> None:
        self._namespace = checked_namespace(namespace)
        self._filter = checked_filter(filter)
        self._interfaces = checked_interfaces(interfaces)
        self._complete = complete

    def __aiter__(self) -> AsyncIterator[DiscoveryEvent]:
        return self.follow(self._complete)

    def follow(self, complete: Completer | None) -> AsyncGenerator[DiscoveryEvent]:
        """Iterate, asking workers by *complete* for what their records leave out."""

        def watch(board: Board) -> Awaitable[None]:
            return Watch(board, self._namespace, self._interfaces, complete).run()

        return driven(watch, self._filter)


class LanDiscovery:
    """
    Announces workers on the local network, and finds those that others announce.

    Machines on one network find each other with no argument; a *namespace* has members
    of its own. *interfaces* restricts both to networks given by name or address, and
    *advertise_host* is as for `LanPublisher`.
    """

    def __init__(
        self,
        namespace: str | None = None,
        *,
        advertise_host: AdvertiseHost = None,
        interfaces: Sequence[str] | None = None,
    ) -> None:
        self._publisher = LanPublisher(
            namespace, advertise_host=advertise_host, interfaces=interfaces
        )
        self.namespace = namespace
        self.interfaces = interfaces
        self._advertise_host: AdvertiseHost = advertise_host

    @property
    def publisher(self) -> LanPublisher:
        """What announces workers; entered before its first use."""
        return self._publisher

    @property
    def subscriber(self) -> LanSubscriber:
        """A subscriber to every worker."""
        return self.subscribe()

    def subscribe(self, filter: PredicateFunction | None = None) -> LanSubscriber:
        """Return a subscriber to the workers that *filter* wants; one that it fails on is none."""
        return LanSubscriber(self.namespace, filter, interfaces=self.interfaces)

    def __reduce__(self) -> tuple[object, ...]:
        # Another process announces and listens for itself.
        anew = partial(type(self), advertise_host=self._advertise_host, interfaces=self.interfaces)
        return anew, (self.namespace,)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.namespace!r})"
