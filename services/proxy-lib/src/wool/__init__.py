"""Run async functions on a pool of workers, and await them as if they ran here."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wool.runtime.context import RuntimeContext as RuntimeContext
    from wool.runtime.discovery.dns import DnsDiscovery as DnsDiscovery
    from wool.runtime.discovery.docker import DockerDiscovery as DockerDiscovery
    from wool.runtime.discovery.lan import LanDiscovery as LanDiscovery
    from wool.runtime.discovery.local import LocalDiscovery as LocalDiscovery
    from wool.runtime.discovery.static import StaticDiscovery as StaticDiscovery
    from wool.runtime.events import DispatchBegun as DispatchBegun
    from wool.runtime.events import DispatchEnded as DispatchEnded
    from wool.runtime.events import DispatchEvent as DispatchEvent
    from wool.runtime.events import DispatchWatch as DispatchWatch
    from wool.runtime.events import on_dispatch as on_dispatch
    from wool.runtime.loadbalancer.base import (
        DelegatingLoadBalancerLike as DelegatingLoadBalancerLike,
    )
    from wool.runtime.loadbalancer.base import (
        DispatchingLoadBalancerLike as DispatchingLoadBalancerLike,
    )
    from wool.runtime.loadbalancer.base import LoadBalancerContextLike as LoadBalancerContextLike
    from wool.runtime.loadbalancer.base import LoadBalancerContextView as LoadBalancerContextView
    from wool.runtime.loadbalancer.base import LoadBalancerLike as LoadBalancerLike
    from wool.runtime.loadbalancer.leastloaded import (
        LeastLoadedLoadBalancer as LeastLoadedLoadBalancer,
    )
    from wool.runtime.loadbalancer.placed import PlacedTask as PlacedTask
    from wool.runtime.loadbalancer.poweroftwo import (
        PowerOfTwoLoadBalancer as PowerOfTwoLoadBalancer,
    )
    from wool.runtime.loadbalancer.roundrobin import (
        RoundRobinLoadBalancer as RoundRobinLoadBalancer,
    )
    from wool.runtime.loadbalancer.sticky import StickyLoadBalancer as StickyLoadBalancer
    from wool.runtime.routine.many import gather as gather
    from wool.runtime.routine.many import map as map
    from wool.runtime.routine.wrapper import Routine as Routine
    from wool.runtime.routine.wrapper import routine as routine
    from wool.runtime.worker.base import ChannelOptions as ChannelOptions
    from wool.runtime.worker.base import Worker as Worker
    from wool.runtime.worker.base import WorkerLike as WorkerLike
    from wool.runtime.worker.base import WorkerOptions as WorkerOptions
    from wool.runtime.worker.connection import WorkerConnection as WorkerConnection
    from wool.runtime.worker.docker import DockerWorker as DockerWorker
    from wool.runtime.worker.local import LocalWorker as LocalWorker
    from wool.runtime.worker.pool import WorkerPool as WorkerPool
    from wool.runtime.worker.proxy import WorkerProxy as WorkerProxy
    from wool.runtime.worker.stats import PoolStats as PoolStats
    from wool.runtime.worker.stats import PoolWorker as PoolWorker
    from wool.runtime.worker.stats import WorkerStats as WorkerStats
    from wool_common.backpressure import BackpressureContext as BackpressureContext
    from wool_common.backpressure import BackpressureLike as BackpressureLike
    from wool_common.backpressure import Refusal as Refusal
    from wool_common.credentials import WorkerCredentials as WorkerCredentials
    from wool_common.discovery.protocols import DiscoveryEvent as DiscoveryEvent
    from wool_common.discovery.protocols import DiscoveryEventType as DiscoveryEventType
    from wool_common.discovery.protocols import DiscoveryLike as DiscoveryLike
    from wool_common.discovery.protocols import DiscoveryPublisherLike as DiscoveryPublisherLike
    from wool_common.discovery.protocols import DiscoverySubscriberLike as DiscoverySubscriberLike
    from wool_common.discovery.protocols import PredicateFunction as PredicateFunction
    from wool_common.errors import Attempt as Attempt
    from wool_common.errors import DiscoveryError as DiscoveryError
    from wool_common.errors import DockerRefused as DockerRefused
    from wool_common.errors import DockerUnavailable as DockerUnavailable
    from wool_common.errors import HandshakeError as HandshakeError
    from wool_common.errors import IneffectiveLeaseWarning as IneffectiveLeaseWarning
    from wool_common.errors import (
        IneffectiveQuorumTimeoutWarning as IneffectiveQuorumTimeoutWarning,
    )
    from wool_common.errors import InsecureWorkerWarning as InsecureWorkerWarning
    from wool_common.errors import LoopbackAdvertisementWarning as LoopbackAdvertisementWarning
    from wool_common.errors import NoActivePool as NoActivePool
    from wool_common.errors import NoWorkersAvailable as NoWorkersAvailable
    from wool_common.errors import ProtocolViolation as ProtocolViolation
    from wool_common.errors import RpcError as RpcError
    from wool_common.errors import SerializationError as SerializationError
    from wool_common.errors import StatusCode as StatusCode
    from wool_common.errors import TaskException as TaskException
    from wool_common.errors import TransientRpcError as TransientRpcError
    from wool_common.errors import VersionMismatch as VersionMismatch
    from wool_common.errors import WoolError as WoolError
    from wool_common.errors import WoolWarning as WoolWarning
    from wool_common.errors import WorkerBusy as WorkerBusy
    from wool_common.errors import WorkerLost as WorkerLost
    from wool_common.errors import WorkerStartError as WorkerStartError
    from wool_common.hooks import MaxLoopLag as MaxLoopLag
    from wool_common.hooks import MaxMemory as MaxMemory
    from wool_common.hooks import MaxTasks as MaxTasks
    from wool_common.metadata import WorkerMetadata as WorkerMetadata
    from wool_common.providers import WorkerCredentialsProvider as WorkerCredentialsProvider
    from wool_common.task import Task as Task
    from wool_common.task import current_task as current_task

_HOMES = {
    "wool.runtime.context": ("RuntimeContext",),
    "wool.runtime.discovery.dns": ("DnsDiscovery",),
    "wool.runtime.discovery.docker": ("DockerDiscovery",),
    "wool.runtime.discovery.lan": ("LanDiscovery",),
    "wool.runtime.discovery.local": ("LocalDiscovery",),
    "wool.runtime.discovery.static": ("StaticDiscovery",),
    "wool.runtime.events": (
        "DispatchBegun",
        "DispatchEnded",
        "DispatchEvent",
        "DispatchWatch",
        "on_dispatch",
    ),
    "wool.runtime.loadbalancer.base": (
        "DelegatingLoadBalancerLike",
        "DispatchingLoadBalancerLike",
        "LoadBalancerContextLike",
        "LoadBalancerContextView",
        "LoadBalancerLike",
    ),
    "wool.runtime.loadbalancer.leastloaded": ("LeastLoadedLoadBalancer",),
    "wool.runtime.loadbalancer.placed": ("PlacedTask",),
    "wool.runtime.loadbalancer.poweroftwo": ("PowerOfTwoLoadBalancer",),
    "wool.runtime.loadbalancer.roundrobin": ("RoundRobinLoadBalancer",),
    "wool.runtime.loadbalancer.sticky": ("StickyLoadBalancer",),
    "wool.runtime.routine.many": (
        "gather",
        "map",
    ),
    "wool.runtime.routine.wrapper": (
        "Routine",
        "routine",
    ),
    "wool.runtime.worker.base": (
        "ChannelOptions",
        "Worker",
        "WorkerLike",
        "WorkerOptions",
    ),
    "wool.runtime.worker.connection": ("WorkerConnection",),
    "wool.runtime.worker.docker": ("DockerWorker",),
    "wool.runtime.worker.local": ("LocalWorker",),
    "wool.runtime.worker.pool": ("WorkerPool",),
    "wool.runtime.worker.proxy": ("WorkerProxy",),
    "wool.runtime.worker.stats": (
        "PoolStats",
        "PoolWorker",
        "WorkerStats",
    ),
    "wool_common.backpressure": (
        "BackpressureContext",
        "BackpressureLike",
        "Refusal",
    ),
    "wool_common.credentials": ("WorkerCredentials",),
    "wool_common.discovery.protocols": (
        "DiscoveryEvent",
        "DiscoveryEventType",
        "DiscoveryLike",
        "DiscoveryPublisherLike",
        "DiscoverySubscriberLike",
        "PredicateFunction",
    ),
    "wool_common.errors": (
        "Attempt",
        "DiscoveryError",
        "DockerRefused",
        "DockerUnavailable",
        "HandshakeError",
        "IneffectiveLeaseWarning",
        "IneffectiveQuorumTimeoutWarning",
        "InsecureWorkerWarning",
        "LoopbackAdvertisementWarning",
        "NoActivePool",
        "NoWorkersAvailable",
        "ProtocolViolation",
        "RpcError",
        "SerializationError",
        "StatusCode",
        "TaskException",
        "TransientRpcError",
        "VersionMismatch",
        "WoolError",
        "WoolWarning",
        "WorkerBusy",
        "WorkerLost",
        "WorkerStartError",
    ),
    "wool_common.hooks": (
        "MaxLoopLag",
        "MaxMemory",
        "MaxTasks",
    ),
    "wool_common.metadata": ("WorkerMetadata",),
    "wool_common.providers": ("WorkerCredentialsProvider",),
    "wool_common.task": (
        "Task",
        "current_task",
    ),
}
_WHERE = {name: module for module, names in _HOMES.items() for name in names}

__version__ = "0.1.0"
__all__ = sorted(_WHERE)  # noqa: PLE0605  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import wool` is quick."""
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'wool' has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
