"""Announce one worker until standard input ends; say so in a line first."""

import asyncio
import json
import sys

from wool_common.discovery.lan import LanPublisher
from wool_common.metadata import WorkerId, WorkerMetadata


async def main(uid: str, address: str, more: str = "{}") -> None:
    """Announce the worker *uid* at *address*; *more* is JSON with tags and arguments."""
    told = json.loads(more)
    worker = WorkerMetadata(
        uid=WorkerId(uid), address=address, tags=frozenset(told.pop("tags", ()))
    )
    async with LanPublisher(**told) as publisher:
        await publisher.publish("worker-added", worker)
        print("announced", flush=True)
        await asyncio.to_thread(sys.stdin.read)


asyncio.run(main(*sys.argv[1:]))
