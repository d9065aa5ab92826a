"""Announce workers until killed: announcing.py MODULE:CLASS NAMESPACE UID..."""

from __future__ import annotations

import asyncio
import importlib
import sys

from wool_common.metadata import WorkerId, WorkerMetadata


async def main(kind: str, namespace: str, *uids: str) -> None:
    """Publish a worker for each of *uids*, say so, and stay."""
    module, _, name = kind.partition(":")
    discovery = getattr(importlib.import_module(module), name)(namespace)
    async with discovery, discovery.publisher as publisher:
        for uid in uids:
            worker = WorkerMetadata(uid=WorkerId(uid), address=f"127.0.0.1:{1 + len(uid)}")
            await publisher.publish("worker-added", worker)
        print("announced", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main(*sys.argv[1:]))
