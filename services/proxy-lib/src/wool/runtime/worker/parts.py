"""Get what a pool is made of from what an application gives."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias, TypeGuard, TypeVar, cast

from wool.runtime.discovery.base import (
    DiscoveryLike,
    DiscoveryPublisherLike,
    DiscoverySubscriberLike,
)
from wool.runtime.factory import Check, Factory, checked_factory, resolved
from wool.runtime.loadbalancer.form import form_of
from wool.runtime.loadbalancer.protocols import LoadBalancerLike

T = TypeVar("T")

Discovery: TypeAlias = DiscoveryLike | DiscoverySubscriberLike

DISCOVERY: Final = "a DiscoveryLike (publisher, subscriber, subscribe) or a subscriber"
BALANCER: Final = "a load balancer (with `delegate`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """
    What a pool has found its arguments to be; *publisher* only where it was asked for.

    *source* is the discovery in words.
    """

    balancer: LoadBalancerLike
    source: str = ""
    subscriber: DiscoverySubscriberLike | None = None
    publisher: DiscoveryPublisherLike | None = None

    @property
    def bind_host(self) -> str | None:
        """The address on which workers must listen to be found, None where any will do."""
        host: object = getattr(self.publisher, "bind_host", None)
        return host if isinstance(host, str) else None


class Dialling(Protocol):
    """A publisher that speaks to a service, and needs credentials for it."""

    def dialling(self, credentials: object) -> DiscoveryPublisherLike: ...


@asynccontextmanager
async def parts(
    discovery: Factory[Discovery] | None,
    loadbalancer: Factory[LoadBalancerLike],
    *,
    publish: bool,
    offered: Mapping[str, object],
) -> AsyncGenerator[Parts]:
    """
    Get the parts, entering those that are context managers for as long as the block lasts.

    The *offered* keywords are for what makes the discovery, and the credentials among them
    for a publisher that speaks to a service.

    Raises:
        TypeError: something is not what it stands for; the text names the argument.
    """
    async with AsyncExitStack() as stack:
        balancer = await stack.enter_async_context(
            resolved(loadbalancer, check=is_balancer, name="loadbalancer", wants=BALANCER)
        )
        _refuse_form(balancer)
        if discovery is None:
            yield Parts(balancer=balancer)
            return
        found = await stack.enter_async_context(
            resolved(
                discovery, check=is_discovery, name="discovery", offered=offered, wants=DISCOVERY
            )
        )
        yield await _halves(found, stack, balancer, publish=publish, offered=offered)


async def _halves(
    found: Discovery,
    stack: AsyncExitStack,
    balancer: LoadBalancerLike,
    *,
    publish: bool,
    offered: Mapping[str, object],
) -> Parts:
    if not is_whole(found):
        if publish:
            raise TypeError(BARE.format(type(found).__name__))
        assert is_subscriber(found)
        return Parts(balancer=balancer, source=_described(found), subscriber=found)
    publisher = None
    if publish:
        own = found.publisher
        if hasattr(own, "dialling"):
            own = cast(Dialling, own).dialling(offered.get("credentials"))
        publisher = await _entered("publisher", own, is_publisher, found, stack)
    subscriber = await _entered("subscriber", found.subscriber, is_subscriber, found, stack)
    return Parts(
        balancer=balancer, source=_described(found), subscriber=subscriber, publisher=publisher
    )


def _described(found: Discovery) -> str:
    """Return how *found* was made where it tells that, else its class."""
    tells = type(found).__repr__ is not object.__repr__
    return f"{found!r:.100}" if tells else type(found).__name__


async def _entered(name: str, part: T, check: Check[T], whole: object, stack: AsyncExitStack) -> T:
    """Enter *part* of the *whole*, unless it is the whole and so has been entered."""
    if part is whole and check(part):
        return part
    wants = f"what {name}s are"
    return await stack.enter_async_context(
        resolved(part, check=check, name=f"discovery.{name}", wants=wants)
    )


BARE: Final = (
    "size goes with a discovery that can publish; discovery={}, a bare subscriber, cannot:"
    " leave size out, or give the discovery itself"
)


def checked_discovery(discovery: object, *, publish: bool) -> None:
    """
    Refuse what can be told at once to be no discovery, or none that can *publish* where asked.

    Raises:
        TypeError: the text names the argument.
    """
    checked_factory(discovery, check=is_discovery, name="discovery", wants=DISCOVERY)
    bare = not isinstance(discovery, type) and is_subscriber(discovery) and not is_whole(discovery)
    if publish and bare:
        raise TypeError(BARE.format(type(discovery).__name__))


def checked_balancer(loadbalancer: object) -> None:
    """
    Refuse what can be told at once to be no load balancer.

    Raises:
        TypeError: the text names the argument.
    """
    checked_factory(loadbalancer, check=is_balancer, name="loadbalancer", wants=BALANCER)
    if not isinstance(loadbalancer, type) and is_balancer(loadbalancer):
        _refuse_form(loadbalancer)


def _refuse_form(balancer: LoadBalancerLike) -> None:
    try:
        form_of(balancer)
    except TypeError as exc:
        raise TypeError(f"loadbalancer cannot be used: {exc}") from None


def is_whole(thing: object) -> TypeGuard[DiscoveryLike]:
    """Tell whether *thing* announces workers and finds them."""
    return all(_has(thing, name) for name in ("publisher", "subscriber", "subscribe"))


def is_discovery(thing: object) -> TypeGuard[Discovery]:
    """Tell whether *thing* finds workers."""
    return is_whole(thing) or is_subscriber(thing)


def is_subscriber(thing: object) -> TypeGuard[DiscoverySubscriberLike]:
    """Tell whether *thing* tells of workers."""
    return hasattr(type(thing), "__aiter__")


def is_publisher(thing: object) -> TypeGuard[DiscoveryPublisherLike]:
    """Tell whether *thing* announces workers."""
    return _has(thing, "publish")


def is_balancer(thing: object) -> TypeGuard[LoadBalancerLike]:
    """Tell whether *thing* chooses workers, in whichever of the ways there are."""
    return _has(thing, "delegate") or _has(thing, "dispatch")


def _has(thing: object, name: str) -> bool:
    # Asking without getting: a property may have something against being used now.
    absent = object()
    if inspect.getattr_static(thing, name, absent) is not absent:
        return True
    return hasattr(type(thing), "__getattr__") and hasattr(thing, name)
