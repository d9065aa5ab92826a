"""Drive the stack of compose/ by its command line."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from built_images import ROOT, Images
from lab.client import Engine
from lab.commands import run, wait_until

FILE: Final = ROOT / "compose/compose.yaml"
PROJECT: Final = "wool-compose-test"
REPORT_SECONDS: Final = 0.5
"""How often the application is to report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The stack as a project of its own on *engine*; *variables* are those of `.env`."""

    engine: Engine
    variables: Mapping[str, str] = field(repr=False)

    def compose(self, *arguments: str, timeout: float = 120) -> str:
        """Return what `docker compose` prints; raise LabError where it fails."""
        fixed = ["--project-name", PROJECT, "--file", FILE, "--env-file", "/dev/null"]
        command = ["docker", "compose", "--progress", "quiet", "--profile", "monitoring"]
        environment = {**self.engine.environment, **self.variables}
        return run([*command, *fixed, *arguments], env=environment, timeout=timeout)

    def up(self, workers: int = 3) -> float:
        """Start what is not running, all but Grafana; return after how many seconds it is healthy."""
        began = time.monotonic()
        parts = ("certs", "worker", "discovery", "app", "prometheus")
        self.compose("up", "--detach", "--wait", "--scale", f"worker={workers}", *parts)
        return time.monotonic() - began

    def down(self) -> None:
        """Remove everything."""
        self.compose("down", "--volumes", "--timeout", "5")

    def containers(self, service: str) -> list[str]:
        """Return the ids of the containers of *service*, in the order of their numbers."""
        listed = self.compose("ps", "--all", "--format", "json", service).splitlines()
        documents: list[dict[str, Any]] = [json.loads(line) for line in listed]
        return [document["ID"] for document in sorted(documents, key=lambda d: d["Name"])]

    def inspect(self, container: str) -> dict[str, Any]:
        """Return what the engine says about *container*."""
        return json.loads(self.engine.docker("inspect", container))[0]

    def reports(self) -> list[dict[str, Any]]:
        """Return what the application has reported so far."""
        (app,) = self.containers("app")
        lines = self.engine.docker("logs", app).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def following_reports(self, number: int) -> list[dict[str, Any]]:
        """Wait for *number* reports on what was called from now on; return them."""
        # The next one tells about calls from before, too.
        known = len(self.reports()) + 1
        wait_until(f"{number} reports", lambda: len(self.reports()) >= known + number, timeout=30)
        return self.reports()[known : known + number]

    def use_workers(self, number: int) -> None:
        """Wait until the application's calls run on so many workers."""
        wait_until(
            f"calls on {number} workers",
            lambda: self.following_reports(1)[0]["workers"] == number,
            timeout=30,
        )


def variables(engine: Engine, images: Images, tools: str, prometheus: str) -> dict[str, str]:
    """Return what is set for the tests' stack."""
    return {
        "APP_REPORT": str(REPORT_SECONDS),
        "DOCKER_SOCKET": engine.docker_host.removeprefix("unix://"),
        "PROMETHEUS_BIND": "127.0.0.1:0",
        "PROMETHEUS_IMAGE": prometheus,
        "WOOL_DISCOVERY_IMAGE": images.discovery,
        "WOOL_TOOLS_IMAGE": tools,
        "WOOL_WORKER_IMAGE": images.worker,
    }
