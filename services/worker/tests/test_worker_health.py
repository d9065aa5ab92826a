"""What a worker tells those who ask whether it serves."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from wool_common.channels import server
from wool_common.probe import NOT_SERVING, SERVING, ask
from wool_worker.health import Health

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")

NAME = f"worker-health-{os.getpid()}"


async def asked() -> str:
    return await asyncio.to_thread(ask, NAME)


async def test_probe_is_told_what_clients_are_told() -> None:
    """A worker serves from when it is ready until it drains; then the name is free again."""
    health = Health(NAME)
    await health.add_to(server(()))
    assert (await asked()).startswith("nobody answers")

    await health.enter()
    assert await asked() == SERVING

    await health.leave()
    assert await asked() == NOT_SERVING

    await health.aclose()
    assert (await asked()).startswith("nobody answers")


async def test_name_that_is_taken_is_told() -> None:
    """Of two workers in one container the second does not start."""
    first, second = Health(NAME), Health(NAME)
    await first.enter()

    with pytest.raises(OSError, match=f"cannot answer probes of {NAME}"):
        await second.enter()

    await first.aclose()


async def test_without_a_name_nobody_is_answered() -> None:
    """Workers that no container holds take no name on the machine."""
    health = Health()

    await health.enter()

    assert (await asked()).startswith("nobody answers")
    await health.aclose()
