"""Write a line of JSON for each event of discovery."""

import asyncio
import json
import sys
from collections.abc import AsyncIterable
from typing import Any

from wool_common.discovery.lan import LanSubscriber
from wool_common.discovery.protocols import DiscoveryEvent


def subscribed(*, asking: bool = False, **arguments: Any) -> AsyncIterable[DiscoveryEvent]:
    """Return a subscriber made with *arguments*; one that is *asking* does as a pool does."""
    if not asking:
        return LanSubscriber(**arguments)
    from wool.runtime.discovery.lan import LanDiscovery  # takes its time

    return LanDiscovery(**arguments).subscriber.dialling(None)


async def main(arguments: str = "{}") -> None:
    """Listen with *arguments*, which are JSON."""
    async for event in subscribed(**json.loads(arguments)):
        worker = event.metadata
        line = [event.type.removeprefix("worker-"), worker.uid, worker.address, len(worker.tags)]
        print(json.dumps(line), flush=True)


asyncio.run(main(*sys.argv[1:]))
