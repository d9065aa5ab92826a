"""Run what the page about Kubernetes shows as containers behind one name of Docker's DNS."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from lab.client import Engine
from lab.commands import wait_until
from pages import ROOT, blocks

from wool.cli.__main__ import main

pytestmark = pytest.mark.docker

PAGE: Final = ROOT / "docs/guides/kubernetes.md"
NETWORK: Final = "wool-kubernetes-page"
IMAGE: Final = "wool-worker:kubernetes-page"
SHOWN: Final = next(
    document
    for block in blocks(PAGE, "yaml")
    for document in yaml.safe_load_all(block.code)
    if document.get("kind") == "Deployment"
)
POD: Final[dict[str, Any]] = SHOWN["spec"]["template"]["spec"]
WORKER: Final[dict[str, Any]] = POD["containers"][0]
PROBE: Final[list[str]] = WORKER["readinessProbe"]["exec"]["command"]

ANNOTATED: Final = SHOWN["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"]
ASK: Final = f"""
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:{ANNOTATED}/metrics").status)
"""

APPLICATION: Final = """
import asyncio, json, sys
exec(open("/app/block.py").read())

@wool.routine
async def pod() -> str:
    import os
    await asyncio.sleep(0.05)
    return os.environ["POD_NAME"]

@wool.routine
async def nested() -> str:
    return await pod()

async def report() -> None:
    async with workers() as pool:
        while True:
            answers = await asyncio.gather(*(nested() for _ in range(20)), return_exceptions=True)
            wrong = [repr(a) for a in answers if isinstance(a, BaseException)]
            right = sorted({a for a in answers if isinstance(a, str)})
            known = sorted(w.extra["pod"] for w in pool.workers)
            print(json.dumps({"right": right, "wrong": wrong, "known": known}), flush=True)

asyncio.run(report())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Pods of the page's Deployment, as containers on *engine*."""

    engine: Engine
    image: str
    folder: Path
    stack: ExitStack

    def pod(self, name: str) -> str:
        """Start the worker's container of the Pod called *name*; return it once it is ready."""
        command = ["--env", f"POD_NAME={name}", "--network-alias", SHOWN["metadata"]["name"]]
        for entry in WORKER["env"]:
            if "value" in entry:
                value = entry["value"].replace("$(POD_NAME)", name)
                command += ["--env", f"{entry['name']}={value}"]
        made = self._run(*command, "--tmpfs", "/tmp", secret="wool-worker-tls", rest=[])
        wait_until(f"{name} is ready", lambda: self.said(made, *PROBE) == "SERVING", timeout=30)
        return made

    def application(self) -> str:
        """Start the page's application, with a loop around it that tells what it gets."""
        (block,) = blocks(PAGE, "python")
        app = self.folder / "app"
        app.mkdir()
        (app / "block.py").write_text(block.code)
        (app / "main.py").write_text(APPLICATION)
        mounted = ["--volume", f"{app}:/app:ro", "--entrypoint", "python"]
        return self._run(*mounted, secret="wool-client-tls", rest=["/app/main.py"])

    def stop(self, made: str) -> int:
        """Ask a container to end as Kubernetes does; return its exit code."""
        seconds = str(POD["terminationGracePeriodSeconds"])
        self.engine.docker("stop", "--time", seconds, made, timeout=90)
        return int(self.engine.docker("inspect", "--format", "{{.State.ExitCode}}", made))

    def said(self, made: str, *command: str) -> str:
        """Return what *command* prints in a container, nothing where it fails."""
        try:
            return self.engine.docker("exec", made, *command)
        except Exception:  # noqa: BLE001 - it does not run yet, or not any more
            return ""

    def reports(self, application: str) -> list[dict[str, list[str]]]:
        """Return what the application has told so far."""
        lines = self.engine.docker("logs", application).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def _run(self, *arguments: str, secret: str, rest: list[str]) -> str:
        context = POD["securityContext"]
        group = context["fsGroup"]
        rights = ["--user", f"{context['runAsUser']}:{context['runAsGroup']}", "--read-only"]
        rights += [
            "--group-add",
            str(group),
            "--cap-drop",
            *WORKER["securityContext"]["capabilities"]["drop"],
        ]
        rights += ["--security-opt", "no-new-privileges"]
        certs = ["--volume", f"{self.folder / secret}:/certs:ro"]
        command = ["run", "--detach", "--network", NETWORK, *rights, *certs, *arguments]
        made = self.engine.docker(*command, self.image, *rest)
        self.stack.callback(self.engine.docker, "rm", "--force", "--volumes", made)
        return made


@pytest.fixture(scope="module")
def image(engine: Engine, base_image: Callable[[str], str]) -> str:
    """Be the worker's image, built from this checkout with this Python."""
    base = base_image(f"{sys.version_info.major}.{sys.version_info.minor}")
    options = ["--network", "host", "--build-arg", f"BASE={base}", "--tag", IMAGE]
    file = ROOT / "services/worker/Dockerfile"
    engine.docker("build", "--quiet", *options, "--file", file, ROOT, timeout=600)
    return IMAGE


@pytest.fixture
def cluster(engine: Engine, image: str, tmp_path: Path) -> Generator[Cluster]:
    """Be a network, and the Secrets that the page's shell block makes."""
    assert main(["certs", str(tmp_path / "certs")]) == 0
    shell = "".join(block.code for block in blocks(PAGE, "sh")).replace("\\\n", " ")
    for name, files in re.findall(r"create secret generic (\S+) (.+)", shell):
        folder = tmp_path / name
        folder.mkdir()
        for key, file in re.findall(r"--from-file=(\S+?)=(\S+)", files):
            shutil.copy(tmp_path / file, folder / key)
            (folder / key).chmod(0o644)
            if os.geteuid() == 0:  # as `defaultMode` and `fsGroup` have it
                shutil.chown(folder / key, 0, POD["securityContext"]["fsGroup"])
                (folder / key).chmod(POD["volumes"][0]["secret"]["defaultMode"])
    with ExitStack() as stack:
        engine.docker("network", "create", NETWORK)
        stack.callback(engine.docker, "network", "rm", NETWORK)
        yield Cluster(engine=engine, image=image, folder=tmp_path, stack=stack)


def test_workers_behind_a_name_are_found_and_replaced(cluster: Cluster) -> None:
    """All Pods behind the name get calls, and one is exchanged for another without losing any."""
    replicas: int = SHOWN["spec"]["replicas"]
    pods = {
        f"wool-worker-{number}": cluster.pod(f"wool-worker-{number}") for number in range(replicas)
    }
    application = cluster.application()
    first = next(iter(pods.values()))
    answers = cluster.said(first, "getent", "ahostsv4", SHOWN["metadata"]["name"])

    assert len({line.split()[0] for line in answers.splitlines()}) == replicas
    assert cluster.said(first, "/opt/wool/bin/python", "-c", ASK) == "200"
    wait_until("all are used", lambda: used(cluster, application) == sorted(pods), timeout=40)

    # As `maxSurge: 1, maxUnavailable: 0` has it.
    cluster.pod("wool-worker-new")
    everybody = sorted([*pods, "wool-worker-new"])
    wait_until("the new one is used", lambda: used(cluster, application) == everybody, timeout=40)
    assert cluster.stop(first) == 0
    left = [name for name in everybody if name != "wool-worker-0"]
    wait_until("the old one is missed", lambda: known(cluster, application) == left, timeout=40)

    assert [report["wrong"] for report in cluster.reports(application) if report["wrong"]] == []


def used(cluster: Cluster, application: str) -> list[str]:
    """Return the Pods that the application's last calls ran on."""
    reports = cluster.reports(application)
    return reports[-1]["right"] if reports else []


def known(cluster: Cluster, application: str) -> list[str]:
    """Return the Pods that the application's pool would use."""
    return cluster.reports(application)[-1]["known"]
