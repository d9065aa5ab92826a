"""Start the discovery service, from the shell or by whoever needs it alone."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import Final

from wool_common import logs, sockets
from wool_common.errors import WoolError
from wool_discovery_docker.cli import parse
from wool_discovery_docker.config import DiscoveryConfig
from wool_discovery_docker.flags import PROGRAM
from wool_discovery_docker.stopping import Stop

EXIT_SECONDS: Final = 3.0
"""What the end may take, once it has begun."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the service and return the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        config = parse(arguments, os.environ)
    except ValueError as exc:
        return _refuse(exc, 2)

    def remove_socket() -> None:
        if config.socket_path is not None:
            sockets.remove(config.socket_path, with_folder=False)

    stop = Stop(remove_socket)
    stop.listen(private=config.end_with_stdin)
    if config.end_with_stdin:
        stop.end_with_input()
    logs.choose(config.log_level, config.log_format)
    try:
        asyncio.run(_run(config, stop))
    except (OSError, WoolError) as exc:
        return _refuse(exc, 1)
    except Exception as exc:  # noqa: BLE001 - the last place where it can be told
        traceback.print_exception(exc)
        return 1
    finally:
        remove_socket()
    return 0


async def _run(config: DiscoveryConfig, stop: Stop) -> None:
    from wool_discovery_docker.app import run  # wrong flags are told without it

    guard = asyncio.create_task(_end_overdue(stop), name="wool-end-overdue")
    try:
        await run(config, stop)
    finally:
        guard.cancel()


async def _end_overdue(stop: Stop) -> None:
    """Have the process end, however that hangs, a while after it was asked to."""
    await stop.requested()
    late = threading.Timer(EXIT_SECONDS, stop.end_now, (1,))
    late.daemon = True
    late.start()


def _refuse(reason: object, code: int) -> int:
    print(f"{PROGRAM}: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
