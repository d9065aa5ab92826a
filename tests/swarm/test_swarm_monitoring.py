"""The stack's Prometheus reads every task on a real Swarm, by what stack-monitoring.yaml gives it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
from deployed import ROOT, Images, is_removed
from lab import images as lab_images
from lab.client import Engine
from lab.commands import LabError, wait_until
from lab.fixtures import Swarm, missing

from wool.cli.__main__ import main

pytestmark = pytest.mark.docker

NAME: Final = "wool-monitoring-test"
FILES: Final = ("stack.yaml", "stack-monitoring.yaml", "stack-unencrypted.yaml")
PAIRS: Final = [part for pair in ("worker", "discovery", "client") for part in ("--pair", pair)]
ASK: Final = (
    "import sys, urllib.request as r; "
    "print(r.urlopen('http://127.0.0.1:9090/api/v1/' + sys.argv[1]).read().decode())"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitored:
    """The stack with Prometheus, on *manager*."""

    manager: Engine

    def ask(self, path: str) -> Any:
        """Return what Prometheus says; asked in its container, for it listens nowhere else."""
        named = f"label=com.docker.swarm.service.name={NAME}_prometheus"
        containers = self.manager.docker("ps", "--quiet", "--filter", named).split()
        said = self.manager.docker("exec", containers[0], "python", "-c", ASK, path)
        return json.loads(said)["data"]

    def targets(self) -> Counter[str]:
        """Return how many targets answer, by job; none while Prometheus does not."""
        with suppress(LabError, IndexError):
            found = self.ask("targets?state=active")["activeTargets"]
            return Counter(each["labels"]["job"] for each in found if each["health"] == "up")
        return Counter()


@pytest.fixture(name="monitored")
def _monitored(
    swarm: Swarm, engine: Engine, images: Images, tmp_path: Path
) -> Generator[Monitored]:
    """Be the stack with two workers, which is gone in the end."""
    prometheus = lab_images.PROMETHEUS
    if engine.label(prometheus, lab_images.LABEL) is None:
        missing(f"the engine has no image {prometheus}")
    swarm.share(prometheus, engine)
    assert main(["certs", str(tmp_path), *PAIRS, "--name", "discovery"]) == 0
    variables = {
        "DOCKER_SOCKET": swarm.node1.docker_host.removeprefix("unix://"),
        # Stands in for Grafana, which the lab has not; what it is given is given all the same.
        "GRAFANA_IMAGE": prometheus,
        "GRAFANA_PASSWORD": "any",
        "GRAFANA_PORT": "13000",
        "PROMETHEUS_IMAGE": prometheus,
        "WOOL_CERTIFICATES": str(tmp_path),
        "WOOL_CONFIGS": NAME,
        "WOOL_DISCOVERY_IMAGE": images.discovery,
        "WOOL_NETWORK": NAME,
        "WOOL_SECRETS": NAME,
        "WOOL_SUBNET": "10.89.0.0/20",
        "WOOL_WORKER_IMAGE": images.worker,
        "WOOL_WORKERS": "2",
    }
    told = replace(swarm.node1, environment={**swarm.node1.environment, **variables})
    files = [part for f in FILES for part in ("--compose-file", ROOT / "compose" / f)]
    try:
        told.docker("stack", "deploy", "--detach=true", "--resolve-image", "never", *files, NAME)
        yield Monitored(manager=swarm.node1)
    finally:
        swarm.node1.docker("stack", "rm", NAME)
        for network in (NAME, f"{NAME}_monitoring"):
            wait_until(
                "a network is gone", lambda n=network: is_removed(swarm.node1, n), timeout=60
            )
        for volume in ("prometheus", "grafana"):
            wait_until(
                "a volume is gone",
                lambda v=volume: _is_gone(swarm.node1, f"{NAME}_{v}"),
                timeout=60,
            )


def test_prometheus_reads_every_task(monitored: Monitored) -> None:
    """Workers on both nodes and discovery answer, and every rule is loaded and works."""
    wait_until(
        "all targets", lambda: monitored.targets() == {"worker": 2, "discovery": 1}, timeout=90
    )

    def is_followed() -> bool:
        groups = monitored.ask("rules")["groups"]
        return bool(groups) and all(r["health"] == "ok" for g in groups for r in g["rules"])

    wait_until("all rules are evaluated", is_followed, timeout=60)


def _is_gone(engine: Engine, volume: str) -> bool:
    with suppress(LabError):
        engine.docker("volume", "rm", volume)
    return volume not in engine.docker("volume", "ls", "--format", "{{.Name}}").splitlines()
