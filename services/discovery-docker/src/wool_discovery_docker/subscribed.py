"""Make sources of the discoveries that the library has."""

from __future__ import annotations

from collections.abc import AsyncIterable

from wool_common.credentials import CredentialsLike
from wool_common.describe import Inquiry
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.metadata import WorkerMetadata
from wool_discovery_docker.config import SourceChoice
from wool_discovery_docker.followed_source import FollowedSource
from wool_discovery_docker.registry import Registry


def subscribed(
    choice: SourceChoice, registry: Registry, credentials: CredentialsLike | None
) -> FollowedSource:
    """Return the source that *choice* names; what it needs is imported once it is followed."""
    if choice.kind == "lan":

        def subscribe() -> AsyncIterable[DiscoveryEvent]:
            return _lan(choice.name or None, credentials)
    else:

        def subscribe() -> AsyncIterable[DiscoveryEvent]:
            return _dns(choice, credentials)

    namespace = choice.name if choice.kind == "lan" else ""
    return FollowedSource(choice.kind, choice.title, subscribe, registry, namespace=namespace)


def _lan(
    namespace: str | None, credentials: CredentialsLike | None
) -> AsyncIterable[DiscoveryEvent]:
    from wool_common.discovery.lan import LanSubscriber

    async def complete(worker: WorkerMetadata) -> WorkerMetadata:
        inquiry = Inquiry(worker.address, credentials)
        try:
            return (await inquiry.ask()).metadata
        finally:
            await inquiry.aclose()

    return LanSubscriber(namespace, complete=complete)


def _dns(
    choice: SourceChoice, credentials: CredentialsLike | None
) -> AsyncIterable[DiscoveryEvent]:
    from wool_common.discovery.dns import DnsDiscovery

    return DnsDiscovery(choice.name, port=choice.port, credentials=credentials).subscriber
