"""Check what discoveries need: multicast, a Docker Engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, cast
from uuid import uuid4

from wool.cli.findings import Finding, Health
from wool.runtime.discovery.lan import LanDiscovery
from wool_common.discovery.protocols import DiscoveryEvent
from wool_common.engine import Engine
from wool_common.errors import DiscoveryError, DockerRefused, DockerUnavailable
from wool_common.metadata import WorkerId, WorkerMetadata

MULTICAST_SECONDS: Final = 6.0
ENGINE_SECONDS: Final = 5.0


async def docker() -> Finding:
    """Look whether there is a Docker Engine."""
    try:
        async with asyncio.timeout(ENGINE_SECONDS), Engine() as engine:
            found = await engine.info()
    except ImportError:
        return Finding(Health.ABSENT, "not looked at", "pip install 'wool[docker]'")
    except TimeoutError:
        return Finding(
            Health.POOR,
            f"the Engine at {Engine().url} does not answer within {ENGINE_SECONDS:g} s",
            "restart it, or have DOCKER_HOST name another one",
        )
    except DockerRefused as exc:
        return Finding(Health.POOR, str(exc), "have DOCKER_HOST name a Docker Engine")
    except DockerUnavailable:
        if os.environ.get("DOCKER_HOST"):
            return Finding(
                Health.POOR,
                f"no Engine can be reached at {Engine().url}, which DOCKER_HOST names",
                "start it, join its group, or have DOCKER_HOST name another one",
            )
        return Finding(
            Health.ABSENT,
            f"no Engine can be reached at {Engine().url}",
            "where you want containers: start it, join its group, or set DOCKER_HOST",
        )
    swarm = cast("dict[str, str]", found.get("Swarm") or {})
    state = swarm.get("LocalNodeState", "inactive")
    return Finding(
        Health.GOOD, f"Engine {found.get('ServerVersion', '?')} at {engine.url}, swarm {state}"
    )


async def multicast() -> Finding:
    """Look whether a worker that is announced on the network is found again."""
    uid = WorkerId(f"doctor-{uuid4()}")
    worker = WorkerMetadata(uid=uid, address="0.0.0.0:9", pid=os.getpid())
    discovery = LanDiscovery(f"doctor-{uid[-8:]}")
    try:
        async with asyncio.timeout(MULTICAST_SECONDS), discovery.publisher as publisher:
            await publisher.publish("worker-added", worker)
            await _heard_of(uid, discovery)
    except ImportError:
        return Finding(Health.ABSENT, "not looked at", "pip install 'wool[lan]'")
    except (TimeoutError, OSError, DiscoveryError) as exc:
        reason = str(exc) or f"nothing came back within {MULTICAST_SECONDS:g} s"
        return Finding(
            Health.POOR,
            f"workers on the network would not be found: {reason}",
            "let UDP port 5353 through, or find workers by DnsDiscovery or StaticDiscovery",
        )
    return Finding(Health.GOOD, "a worker announced on the network is found")


async def _heard_of(uid: WorkerId, discovery: LanDiscovery) -> None:
    events = cast(AsyncGenerator[DiscoveryEvent], aiter(discovery.subscriber))
    async with aclosing(events):
        async for event in events:
            if event.metadata.uid == uid:
                return
