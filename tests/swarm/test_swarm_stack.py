"""The stack that comes with Wool, with certificates as secrets, on a real Swarm."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from deployed import ROOT, Images, is_removed
from lab.client import Engine
from lab.commands import wait_until
from lab.fixtures import Swarm
from steady import Client, calling

from wool.cli.__main__ import main

pytestmark = pytest.mark.docker

NAME = "wool-stack-test"
NETWORK = "wool-stack-test"
FILES = ("stack.yaml", "stack-unencrypted.yaml")
PAIRS = [part for pair in ("worker", "discovery", "client") for part in ("--pair", pair)]
UPDATE_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The stack of compose/, with two workers, on *manager*."""

    manager: Engine
    images: Images
    certificates: Path

    def deploy(self, secrets: str) -> float:
        """Have the Swarm run it with certificates made just now; return when that was ordered."""
        command = ["certs", str(self.certificates), *PAIRS, "--name", "discovery", "--force"]
        assert main(command) == 0
        variables = {
            "DOCKER_SOCKET": self.manager.docker_host.removeprefix("unix://"),
            "WOOL_CERTIFICATES": str(self.certificates),
            "WOOL_DISCOVERY_IMAGE": self.images.discovery,
            "WOOL_NETWORK": NETWORK,
            "WOOL_SECRETS": secrets,
            "WOOL_SUBNET": "10.88.0.0/20",
            "WOOL_WORKER_IMAGE": self.images.worker,
            "WOOL_WORKERS": "2",
        }
        engine = replace(self.manager, environment={**self.manager.environment, **variables})
        files = [part for f in FILES for part in ("--compose-file", ROOT / "compose" / f)]
        at = time.time()
        engine.docker("stack", "deploy", "--detach=true", "--resolve-image", "never", *files, NAME)
        return at

    def remove(self) -> None:
        """Take it off the Swarm, and wait until it is gone."""
        self.manager.docker("stack", "rm", NAME)
        wait_until("the network is gone", lambda: is_removed(self.manager, NETWORK), timeout=60)


@pytest.fixture
def stack(swarm: Swarm, images: Images, tmp_path: Path) -> Generator[Stack]:
    """Be the stack, which is gone in the end."""
    made = Stack(manager=swarm.node1, images=images, certificates=tmp_path)
    try:
        yield made
    finally:
        made.remove()


def test_new_certificates_reach_workers_without_a_lost_call(
    stack: Stack, tmp_path: Path, measure: Callable[[str], None]
) -> None:
    """Clients find workers by both ways, and use them while each is replaced for new secrets."""
    began = stack.deploy("1")
    shown = ("--volume", f"{tmp_path}:/certs:ro", "--user", "0")
    places = ("docker:discovery:50052", "dns:tasks.worker")
    with ExitStack() as clients:
        callers = [
            clients.enter_context(
                calling(stack.manager, tmp_path, stack.images.worker, NETWORK, place, *shown)
            )
            for place in places
        ]
        for client in callers:
            wait_until(f"workers by {client.way}", lambda c=client: c.count() == 2, timeout=60)
        ready = time.time() - began
        before = callers[0].present.copy()

        since = stack.deploy("2")
        for client in callers:
            wait_until(
                f"other workers by {client.way}",
                lambda c=client: is_renewed(c, before),
                timeout=UPDATE_SECONDS,
            )
            lost = client.lost(0)
            measure(
                f"stack with secrets, {client.way}: workers within {ready:.1f} s; all replaced for new"
                f" secrets within {time.time() - since:.1f} s, {len(lost)} of"
                f" {client.calls_since(0)} calls lost"
            )
            assert lost == []


def is_renewed(client: Client, before: set[str]) -> bool:
    """Tell whether *client* knows of two workers that are other ones."""
    return client.count() == 2 and not client.present & before
