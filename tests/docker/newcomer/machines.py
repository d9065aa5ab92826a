"""Have machines on which there is Python with pip, a copy of the repository, and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from built_images import INDEXES, ROOT, container
from lab.client import Engine

from newcomer.terminal import SHELL, VARIABLES, Terminal, TerminalError

HOME: Final = "/root"
WHEELS: Final = "/wheels"
PARTS: Final = ("libs/common", "services/worker", "services/proxy-lib[cli]")
OFFLINE: Final = ("--env", "PIP_NO_INDEX=1", "--env", f"PIP_FIND_LINKS={WHEELS}")
"""What every machine is told once, in place of a way to the world: where packages come from."""


class Machine:
    """A container that is taken for a machine."""

    def __init__(self, engine: Engine, container: str) -> None:
        self.container = container
        self.docker = engine.docker
        self.terminals: list[Terminal] = []
        self._environment = engine.environment

    @contextmanager
    def terminal(self) -> Generator[Terminal]:
        """Open a terminal at home."""
        variables = [part for item in VARIABLES.items() for part in ("--env", "=".join(item))]
        command = ["docker", "exec", "--interactive", "--tty", "--workdir", HOME, *variables]
        with Terminal([*command, self.container, *SHELL], self._environment) as opened:
            self.terminals.append(opened)
            yield opened


class Machines(dict[str, Machine]):
    """Machines by name; files are carried between them through *folder*."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def carry(self, source: Terminal, files: list[str], target: str) -> None:
        """Do what `scp` does that is typed into *source*."""
        name, _, place = target.partition(":")
        if name not in self:
            raise TerminalError(f"there is no machine called {name}")
        (here,) = (machine for machine in self.values() if source in machine.terminals)
        for file in files:
            held = self._folder / Path(file).name
            here.docker("cp", f"{here.container}:{source.folder()}/{file}", held)
            self[name].docker("cp", held, f"{self[name].container}:{HOME}/{place}/{held.name}")


@contextmanager
def started(
    engine: Engine, base: str, names: Sequence[str], wheels: Path, repository: Path, folder: Path
) -> Generator[Machines]:
    """Start machines of those *names*; they are gone in the end, and so is their network."""
    network = f"wool-newcomer-{uuid4().hex[:8]}"
    engine.docker("network", "create", network)
    with ExitStack() as stack:
        stack.callback(engine.docker, "network", "rm", network)
        made = Machines(folder)
        for name in names:
            own = ["--hostname", name.partition(".")[0], "--network-alias", name]
            options = ["--network", network, *own, *OFFLINE, "--volume", f"{wheels}:{WHEELS}:ro"]
            found = stack.enter_context(
                container(engine, "--init", *options, base, "sleep", "infinity")
            )
            engine.docker("cp", "--quiet", repository, f"{found}:{HOME}/wool")
            made[name] = Machine(engine, found)
        yield made


def fetch_wheels(engine: Engine, base: str, repository: Path, to: Path) -> Path:
    """
    Fetch into *to* what the parts need, in the pinned versions, but none of the parts.

    That is done on *base*, as building an image on it is.
    """
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]
    pins = {*settings["constraint-dependencies"], *settings["build-constraint-dependencies"]}
    (to / "constraints.txt").write_text("\n".join(sorted(pins)))
    mounts = ("--volume", f"{repository}:/repository:ro", "--volume", f"{to}:{WHEELS}")
    indexes = [part for index in INDEXES for part in ("--env", index)]
    options = ("--rm", "--network", "host", *indexes, *mounts, "--workdir", "/repository")
    wanted = ("--constraint", f"{WHEELS}/constraints.txt", "hatchling", *(f"./{p}" for p in PARTS))
    fetch = ("pip", "download", "--quiet", "--dest", WHEELS, *wanted)
    engine.docker("run", *options, base, *fetch, timeout=300)
    return to
