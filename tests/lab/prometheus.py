"""Run a Prometheus outside of any container."""

from __future__ import annotations

import os
import shutil
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from lab import packages, processes
from lab.commands import wait_until
from lab.places import RUN
from lab.state import State, place

PART: Final = "prometheus"
READY: Final = 30.0
LOG: Final = RUN / "logs" / "prometheus.log"
SETTINGS: Final = "global: {scrape_interval: 1s}\n"


def up(state: State, config: Path | None) -> str:
    """Return the address of a Prometheus that follows *config*; it keeps one that runs."""
    if state.prometheus and is_ready(state.prometheus):
        return state.prometheus
    down(state)
    port = free_port()
    state.prometheus = f"http://127.0.0.1:{port}"
    state.save()
    written = config.read_text() if config else SETTINGS
    command = prepare(place(PART), written, port)
    processes.start(PART, command, log=LOG, env=dict(os.environ))

    def ready() -> bool:
        processes.expect(PART, LOG)
        return is_ready(state.prometheus)

    wait_until(f"an answer of Prometheus; see {LOG}", ready, timeout=READY)
    return state.prometheus


def down(state: State) -> None:
    """End the lab's Prometheus, and remove what it has collected."""
    if state.prometheus:
        processes.end(PART)
        shutil.rmtree(place(PART), ignore_errors=True)
        state.prometheus = ""
        state.save()


def prepare(folder: Path, config: str, port: int) -> list[str]:
    """Write *config* into *folder*; return the command that follows it and serves at *port*."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(config)
    return [
        str(packages.tools().clients / "prometheus"),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-lifecycle",
    ]


def is_ready(url: str) -> bool:
    """Tell whether the Prometheus at *url* serves."""
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
