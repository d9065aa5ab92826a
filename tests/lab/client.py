"""Speak to a Docker Engine through its command line."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.commands import Command, LabError, run, succeeds, wait_until
from lab.packages import Tools
from lab.places import RUN

CONFIG = RUN / "docker-config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A Docker Engine, and the environment in which `docker` speaks to it."""

    docker_host: str
    environment: Mapping[str, str] = field(repr=False)

    def docker(self, *arguments: str | Path, timeout: float = 120, text: str = "") -> str:
        """
        Return what `docker` prints, without the end of the last line.

        Raises:
            LabError: it failed, or took longer than *timeout*.
        """
        command: Command = ["docker", *arguments]
        return run(command, env=self.environment, timeout=timeout, text=text).rstrip("\n")

    def answers(self, *, timeout: float = 5) -> bool:
        """Tell whether the engine is there."""
        form = "{{.Server.Version}}"
        command = ["docker", "version", "--format", form]
        return succeeds(command, env=self.environment, timeout=timeout)

    def wait_ready(self, *, timeout: float = 60) -> None:
        """Return once the engine answers; raise LabError when it does not in time."""
        wait_until(f"an answer of {self.docker_host}", self.answers, timeout=timeout)

    def label(self, image: str, name: str) -> str | None:
        """Return what *image* says under *name*; None when there is no such image."""
        try:
            shown = self.docker("image", "inspect", "--format", "{{json .Config.Labels}}", image)
        except LabError:
            return None
        labels: dict[str, str] = json.loads(shown) or {}
        return labels.get(name, "")


def of_lab(docker_host: str, tools: Tools) -> Engine:
    """Return the engine of the lab at *docker_host*."""
    if not (CONFIG / "config.json").exists():
        CONFIG.mkdir(parents=True, exist_ok=True)
        settings = {"cliPluginsExtraDirs": [str(tools.plugins)]}
        (CONFIG / "config.json").write_text(json.dumps(settings))
    return Engine(
        docker_host=docker_host, environment={**os.environ, **exports(docker_host, tools)}
    )


def exports(docker_host: str, tools: Tools) -> dict[str, str]:
    """Return the variables that lead `docker` to an engine of the lab."""
    path = os.environ["PATH"]
    clients = str(tools.clients)
    return {
        "DOCKER_HOST": docker_host,
        "DOCKER_CONFIG": str(CONFIG),
        "PATH": path if clients in path.split(":") else f"{clients}:{path}",
    }


def of_machine() -> Engine | None:
    """Return the engine that this machine has anyway, if one answers."""
    if shutil.which("docker") is None:
        return None
    engine = Engine(docker_host=os.environ.get("DOCKER_HOST", ""), environment=dict(os.environ))
    if not engine.answers():
        return None
    if not engine.docker_host:
        form = "{{.Endpoints.docker.Host}}"
        host = engine.docker("context", "inspect", "--format", form)
        engine = Engine(docker_host=host, environment=engine.environment)
    return engine
