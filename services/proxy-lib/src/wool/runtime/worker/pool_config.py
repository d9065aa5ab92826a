"""What a pool is made with."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

from wool.runtime.checks import (
    checked_count,
    checked_credentials,
    checked_flag,
    checked_seconds,
    checked_tags,
)
from wool.runtime.factory import Factory
from wool.runtime.loadbalancer.protocols import LoadBalancerLike
from wool.runtime.outside import user_level
from wool.runtime.worker.base import WorkerLike
from wool.runtime.worker.gateway import QUORUM_SECONDS
from wool.runtime.worker.parts import Discovery, checked_balancer, checked_discovery
from wool.runtime.worker.plan import PoolPlan, checked_quorum
from wool_common.credentials import CredentialsLike
from wool_common.errors import IneffectiveLeaseWarning, IneffectiveQuorumTimeoutWarning
from wool_common.metadata import WorkerMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolConfig:
    """
    What a pool is made with; *given* are workers that need not be found.

    Warns of what limits nothing.

    Raises:
        TypeError, ValueError: a value is wrong; the text names the argument.
    """

    tags: tuple[str, ...]
    plan: PoolPlan
    worker: Callable[..., WorkerLike]
    discovery: Factory[Discovery] | None
    loadbalancer: Factory[LoadBalancerLike]
    credentials: CredentialsLike | None
    lease: int | None
    quorum: int | None
    quorum_timeout: float | None
    shutdown_timeout: float | None
    lazy: bool
    respawn: bool
    subset: int | None
    given: tuple[WorkerMetadata, ...] = ()

    def __post_init__(self) -> None:
        checked_tags(self.tags)
        if self.discovery is not None:
            checked_discovery(self.discovery, publish=bool(self.plan.own))
        checked_balancer(self.loadbalancer)
        checked_credentials(self.credentials)
        for name in ("quorum_timeout", "shutdown_timeout"):
            if (seconds := getattr(self, name)) is not None:
                checked_seconds(name, seconds)
        for name in ("lazy", "respawn"):
            checked_flag(name, getattr(self, name))
        if self.subset is not None:
            checked_count("subset", self.subset, least=1, unit="workers")
        checked_quorum(self.quorum, self.plan)
        _warn_of_idle(self)


def _warn_of_idle(config: PoolConfig) -> None:
    """Warn of what was given and limits nothing."""
    if config.lease is not None and not config.plan.finds:
        warnings.warn(
            "lease limits how many workers are found, and without discovery none are: leave it"
            " out, or give discovery",
            IneffectiveLeaseWarning,
            stacklevel=user_level(),
        )
    if not config.quorum and config.quorum_timeout not in (None, QUORUM_SECONDS):
        warnings.warn(
            "quorum_timeout limits the wait for the quorum, and there is none: leave it out, or"
            " give quorum",
            IneffectiveQuorumTimeoutWarning,
            stacklevel=user_level(),
        )
