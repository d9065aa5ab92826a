"""Build the images of this checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lab.client import Engine

ROOT: Final = Path(__file__).resolve().parents[2]

WORKER: Final = "services/worker/Dockerfile"
DISCOVERY: Final = "services/discovery-docker/Dockerfile"

HARDENED: Final = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
INDEXES: Final = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX")


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """The images with one Python."""

    python: str
    worker: str
    discovery: str


def checkout(to: Path) -> Path:
    """Copy into *to* what a clean checkout has: all files but those that git ignores."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, done.stdout.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def build(engine: Engine, context: Path, file: str, tag: str, *arguments: str) -> str:
    """Build the image *tag* from *context* by *file*, telling it *arguments*; return its name."""
    options = [part for argument in arguments for part in ("--build-arg", argument)]
    command = ["build", "--quiet", "--network", "host", *options, "--tag", tag]
    engine.docker(*command, "--file", context / file, context, timeout=600)
    return tag


def build_all(engine: Engine, context: Path, base: str, python: str, builder: str) -> Images:
    """Build from *context* on *base*, with *builder*, which is `classic` or `buildkit`."""
    flag = {"classic": "0", "buildkit": "1"}[builder]
    chosen = replace(engine, environment={**engine.environment, "DOCKER_BUILDKIT": flag})

    def tagged(name: str, file: str) -> str:
        return build(chosen, context, file, f"{name}:test-{python}", *on(base))

    return Images(
        python=python,
        worker=tagged("wool-worker", WORKER),
        discovery=tagged("wool-discovery-docker", DISCOVERY),
    )


def build_tools(engine: Engine, base: str) -> str:
    """Build the image that makes certificates, with the `wool` command; return its name."""
    return build(engine, ROOT, WORKER, "wool-tools:test", *on(base), "EXTRAS=cli")


def on(base: str) -> list[str]:
    """Return what every build is told: its base, and where this machine's packages come from."""
    return [f"BASE={base}", *(index for index in INDEXES if index in os.environ)]


@contextmanager
def container(engine: Engine, *arguments: str | Path) -> Generator[str]:
    """Run a container with *arguments* of `docker run`; gives its id, and removes it."""
    made = engine.docker("run", "--detach", *arguments)
    try:
        yield made
    finally:
        engine.docker("rm", "--force", "--volumes", made)


def address_of(engine: Engine, name: str) -> str:
    """Return the address of the container called *name* on its one network."""
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return engine.docker("inspect", "--format", form, name)


def is_healthy(engine: Engine, name: str) -> Callable[[], bool]:
    """Return what tells whether the health check of the container called *name* succeeds."""
    form = "{{.State.Health.Status}}"
    return lambda: engine.docker("inspect", "--format", form, name) == "healthy"
