"""What tests of containers share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from lab.client import Engine
from lab.fixtures import base_image, engine, prometheus, restart_engine, swarm

from wool.cli.__main__ import main

__all__ = ["base_image", "engine", "prometheus", "restart_engine", "swarm"]

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "wool-worker:0.3.0"
NETWORK = "wool"
LEFT = ("ps", "--all", "--quiet", "--filter", "label=wool.owner")


@pytest.fixture(scope="session")
def worker_image(engine: Engine, base_image: Callable[[str], str]) -> str:
    """Be the name of the worker's image, built from this checkout with this Python."""
    base = base_image(f"{sys.version_info.major}.{sys.version_info.minor}")
    file = ROOT / "services/worker/Dockerfile"
    options = ["--network", "host", "--build-arg", f"BASE={base}", "--tag", IMAGE]
    engine.docker("build", "--quiet", *options, "--file", file, ROOT, timeout=600)
    return IMAGE


@pytest.fixture(scope="session")
def network(engine: Engine) -> str:
    """Be the name of a network for workers, which stays."""
    known = engine.docker("network", "ls", "--format", "{{.Name}}").splitlines()
    if NETWORK not in known:
        engine.docker("network", "create", NETWORK)
    return NETWORK


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Be a folder with an authority and certificates of it."""
    folder = tmp_path_factory.mktemp("authority")
    assert main(["certs", str(folder)]) == 0
    return folder


@pytest.fixture
def spawned(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Generator[Callable[[], list[str]]]:
    """Lead this process to the engine; return the containers of workers, none in the end."""
    monkeypatch.setenv("DOCKER_HOST", engine.docker_host)
    before = engine.docker(*LEFT).split()

    def ids() -> list[str]:
        return [found for found in engine.docker(*LEFT).split() if found not in before]

    yield ids
    left = ids()
    if left:
        engine.docker("rm", "--force", *left)
    assert left == []
