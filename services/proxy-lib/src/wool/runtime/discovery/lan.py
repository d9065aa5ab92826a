"""Find workers on the local network, asking them for what records cannot hold."""

from __future__ import annotations

from collections.abc import AsyncIterable

from wool.runtime.discovery.base import DiscoveryEvent, PredicateFunction
from wool.runtime.worker.describe import describe
from wool_common.credentials import CredentialsLike
from wool_common.discovery import lan
from wool_common.discovery.lan import LanPublisher as LanPublisher
from wool_common.metadata import WorkerMetadata


class LanSubscriber(lan.LanSubscriber):
    """One who hears of the workers on the network, and may ask them with credentials."""

    def dialling(self, credentials: CredentialsLike | None) -> AsyncIterable[DiscoveryEvent]:
        """Return an iteration that asks workers with *credentials*."""

        async def complete(worker: WorkerMetadata) -> WorkerMetadata:
            return (await describe(worker.address, credentials)).metadata

        return self.follow(complete)


class LanDiscovery(lan.LanDiscovery):
    """
    Announces workers on the local network, and finds those that others announce.

    Machines on one network find each other with no argument; a *namespace* has members
    of its own. A worker that listens on everything is announced with every address of its
    machine; *advertise_host*, a name or an address or what returns one, takes their place.
    *interfaces*, names or addresses, restricts all of it to some networks.

    Raises:
        TypeError, ValueError: an argument is none of that; the text names it.
    """

    @property
    def subscriber(self) -> LanSubscriber:
        """A subscriber to every worker."""
        return self.subscribe()

    def subscribe(self, filter: PredicateFunction | None = None) -> LanSubscriber:
        """Return a subscriber to the workers that *filter* wants; one that it fails on is none."""
        return LanSubscriber(self.namespace, filter, interfaces=self.interfaces)
