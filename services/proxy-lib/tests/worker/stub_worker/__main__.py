"""A worker program that behaves as its extra facts say."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time

from wool_common.link import ChildLink
from wool_common.metadata import WorkerMetadata
from wool_worker.__main__ import main
from wool_worker.config import WorkerConfig
from wool_worker.stopping import StopSignals


async def run(config: WorkerConfig, *, link: ChildLink | None, stop: StopSignals) -> None:
    """Be ready, then end once asked to stop, unless `do` says otherwise."""
    assert link is not None
    deed = config.extra.get("do", "serve")
    await before_ready(deed)
    link.ready(
        WorkerMetadata(
            uid=config.uid,
            address=config.bind,
            pid=os.getpid(),
            tags=config.tags,
            extra=config.extra,
        )
    )
    after_ready(deed, config)
    request = await stop.requested()
    print(f"grace {request.grace:.0f}")
    if deed == "linger":
        await stop.over()
    if deed == "deaf":
        await asyncio.Event().wait()
    print("last words", end="")


async def before_ready(deed: str) -> None:
    match deed:
        case "exit3":
            print("an explanation", file=sys.stderr)
            sys.exit(3)
        case "kill9":
            os.kill(os.getpid(), 9)
        case "never":
            print("thinking")
            await asyncio.Event().wait()
        case "refuse":
            raise OSError("cannot listen on the moon")
        case "unlink":
            os.closerange(3, 256)
            time.sleep(3600)
        case _:
            pass


def after_ready(deed: str, config: WorkerConfig) -> None:
    match deed:
        case "block":
            time.sleep(3600)
        case "print":
            for number in range(2000):
                print(f"{config.uid} line {number} " + "x" * 100)
        case "stderr":
            print("äöü on stderr", file=sys.stderr)
        case "grandchild":
            subprocess.Popen(["/bin/sleep", "3600"])
        case "hook":
            assert config.backpressure is not None
            print("hook says", config.backpressure(None))  # pyright: ignore[reportArgumentType]
        case "environment":
            print(os.environ.get("GRPC_ENABLE_FORK_SUPPORT"), os.environ.get("PYTHONPATH"))
            print(
                sys.flags.optimize,
                sys.warnoptions,
                sys.flags.utf8_mode,
                os.getpgid(0) == os.getpid(),
            )
            print(sys.path)
        case _:
            pass


if __name__ == "__main__":
    sys.exit(main(run=run))
