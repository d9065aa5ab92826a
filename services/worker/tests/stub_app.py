"""A worker program whose server is a few lines, for tests of all that is around it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from pathlib import Path

from wool_common import logs
from wool_common.link import ChildLink
from wool_common.metadata import WorkerMetadata
from wool_worker.__main__ import main
from wool_worker.config import WorkerConfig
from wool_worker.stopping import StopSignals


def ends_of_forks() -> list[int]:
    """Fork twice; return how the forks end when they are asked to by signals."""
    ends: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        pid = os.fork()
        if pid == 0:
            try:
                time.sleep(10)
            except KeyboardInterrupt:
                os._exit(7)
            os._exit(1)
        # The fork is there once it has its defaults back, which is before it sleeps.
        while "S" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]:
            time.sleep(0.01)
        os.kill(pid, number)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return ends


async def run(config: WorkerConfig, *, link: ChildLink | None, stop: StopSignals) -> None:
    """Be ready, then end as `--extra do=...` says once asked to stop."""
    deed = config.extra.get("do", "serve")
    if deed == "refuse":
        raise OSError("cannot listen on the moon")
    if deed == "break":
        raise ZeroDivisionError("a defect")
    if config.socket_path is not None:
        Path(config.socket_path).touch()
    if link is not None:
        link.ready(WorkerMetadata(uid=config.uid, address=config.bind))
    if deed == "log":
        logs.get().info("a_line", answer=42)
    print("ready", config.bind, "structlog" in sys.modules)
    if deed == "fork":
        print(*await asyncio.to_thread(ends_of_forks))
    if deed == "block":
        time.sleep(3600)
    request = await stop.requested()
    print(f"stopping within {request.grace:.0f} s: {request.reason}")
    if deed == "linger":
        await stop.over()
        print("lingered")
    if deed == "hold":
        threading.Thread(target=time.sleep, args=(3600,)).start()
    if deed == "executor":
        asyncio.get_running_loop().run_in_executor(None, time.sleep, 3600)
    if deed == "overdue":
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main(run=run))
