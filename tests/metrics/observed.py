"""
Run workers, a discovery service and applications, with a Prometheus that reads them all.

    python observed.py SECONDS     # and then draw docs/dashboards/ from what it has seen
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab import prometheus as lab_prometheus
from lab.commands import wait_until
from scraped import HERE, free_port

ROOT: Final = HERE.parents[1]
COMPOSE: Final = ROOT / "compose/prometheus"
WORKERS: Final = 3
PATIENCE: Final = 10.0
WARM_UP: Final = 30.0
"""Seconds that are not drawn."""
UPDATE: Final = 45.0
"""Seconds from one replaced worker to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where everybody listens: workers and discovery for clients and Prometheus, others for it."""

    workers: list[tuple[int, int]] = field(
        default_factory=lambda: [(free_port(), free_port()) for _ in range(WORKERS)]
    )
    discovery: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    apps: list[int] = field(default_factory=lambda: [free_port(), free_port()])

    @property
    def targets(self) -> Mapping[str, list[tuple[str, int]]]:
        """What Prometheus reads by job: names and ports."""
        return {
            "worker": [(f"worker-{n}", port) for n, (_, port) in enumerate(self.workers, 1)],
            "app": [(f"app-{n}", port) for n, port in enumerate(self.apps, 1)],
            "discovery": [("discovery-1", self.discovery[1])],
        }


def config(ports: Ports) -> str:
    """Return what Compose's Prometheus follows, with these targets in place of names."""
    followed: dict[str, Any] = yaml.safe_load((COMPOSE / "prometheus.yml").read_text())
    followed["global"] = {"scrape_interval": "2s", "evaluation_interval": "2s"}
    followed["rule_files"] = [str(COMPOSE / pattern) for pattern in followed["rule_files"]]
    for job in followed["scrape_configs"]:
        del job["dns_sd_configs"]
        job["static_configs"] = [
            {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": name}}
            for name, port in ports.targets[job["job_name"]]
        ]
    return yaml.safe_dump(followed)


class Observed:
    """The processes; started together, ended together."""

    def __init__(self, ports: Ports, engine: str, log: Path) -> None:
        self.ports = ports
        self._engine = engine
        self._log = log
        self._workers: list[subprocess.Popen[bytes]] = []
        self._others: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start all of them."""
        self._workers = [self._worker(number) for number in range(WORKERS)]
        port, metrics = self.ports.discovery
        names = ",".join(f"dns:localhost:{port}" for port, _ in self.ports.workers)
        program = ("-m", "wool_discovery_docker", "--engine", self._engine)
        # Other containers on the same engine are none of ours.
        own = ("--label", f"wool.observed={os.getpid()}", "--source", f"docker,{names}")
        listening = ("--port", str(port), "--metrics-port", str(metrics))
        app = str(HERE / "observed_app.py")
        calling, crashing = map(str, self.ports.apps)
        self._others = [
            self._run(*program, *own, *listening),
            self._run(app, calling, f"127.0.0.1:{port}"),
            self._run(app, crashing),
        ]

    def replace(self, number: int) -> None:
        """End one worker, as in an update, and start another in its place."""
        _end(self._workers[number])
        self._workers[number] = self._worker(number)

    def end(self) -> None:
        """End all of them, callers first."""
        for process in (*reversed(self._others), *self._workers):
            _end(process)

    def _worker(self, number: int) -> subprocess.Popen[bytes]:
        port, metrics = self.ports.workers[number]
        flags = ("--port", str(port), "--metrics-port", str(metrics), "--max-tasks", "12")
        return self._run("-m", "wool_worker", *flags)

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WOOL_")}
        kept["PYTHONPATH"] = str(HERE)
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=kept,
            )


@contextmanager
def observed(folder: Path, engine: str) -> Generator[Observed]:
    """Run all of it, with the Docker Engine at *engine*, until the block is left."""
    running = Observed(Ports(), engine, folder / "observed.log")
    try:
        running.start()
        yield running
    finally:
        running.end()


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def read_by_prometheus(folder: Path, ports: Ports) -> Generator[str]:
    """Run the lab's Prometheus; gives its address."""
    port = lab_prometheus.free_port()
    command = lab_prometheus.prepare(folder, config(ports), port)
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until("Prometheus", lambda: lab_prometheus.is_ready(url), timeout=30)
            yield url
        finally:
            process.kill()


def main(seconds: float, engine: str) -> None:
    """Observe for so many seconds, replacing a worker now and then, and draw what was seen."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = stack.enter_context(observed(folder, engine))
        url = stack.enter_context(read_by_prometheus(folder / "prometheus", running.ports))
        print(f"{url}; drawn in {seconds:g} seconds", flush=True)
        until, number = time.monotonic() + WARM_UP + seconds, 0
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, UPDATE))
            if left > UPDATE:
                running.replace(number := (number + 1) % WORKERS)
        draw = [sys.executable, str(ROOT / "tools/dashboards"), "--draw", url]
        subprocess.run([*draw, "--minutes", f"{seconds / 60:g}"], check=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
