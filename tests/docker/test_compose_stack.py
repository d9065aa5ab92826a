"""`docker compose up` is all it takes to have workers, discovery and an application at work."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from built_images import ROOT, build_all, build_tools
from composed import PROJECT, Stack, variables
from lab import images as lab_images
from lab.client import Engine
from lab.commands import wait_until
from lab.fixtures import missing

pytestmark = pytest.mark.docker

START_SECONDS = 60.0
DASHBOARDS = ROOT / "compose/grafana/dashboards"
VARIABLE = re.compile(r"\$(\w+)")
TARGETS = {"worker": 3, "app": 1, "discovery": 1}
"""What Prometheus is to read, by job."""


@pytest.fixture(scope="module")
def begun(engine: Engine, base_image: Callable[[str], str]) -> Generator[tuple[Stack, float]]:
    """Be the stack, started from nothing, and the seconds that took; it is gone in the end."""
    if not engine.docker_host.startswith("unix://"):
        missing("the engine is not on this machine")
    prometheus = lab_images.PROMETHEUS
    if engine.label(prometheus, lab_images.LABEL) is None:
        missing(f"the engine has no image {prometheus}")
    base = base_image("3.11")
    images = build_all(engine, ROOT, base, "3.11", "buildkit")
    tools = build_tools(engine, base)
    stack = Stack(engine=engine, variables=variables(engine, images, tools, prometheus))
    stack.down()
    try:
        yield stack, stack.up()
    finally:
        stack.down()


@pytest.fixture
def stack(begun: tuple[Stack, float]) -> Stack:
    """Be the stack with three workers at work."""
    begun[0].up()
    return begun[0]


def test_up_is_healthy_within_a_minute(begun: tuple[Stack, float]) -> None:
    """Certificates, workers, discovery and the application come up by one command."""
    stack, seconds = begun

    assert seconds < START_SECONDS
    assert len(stack.containers("worker")) == 3


def test_every_call_comes_back_right(stack: Stack) -> None:
    """The application finds all workers through the discovery service and uses them."""
    stack.use_workers(3)

    for report in stack.following_reports(3):
        assert report["right"] > 0
        assert report["else"] == {}


@pytest.mark.parametrize("service", ["certs", "worker", "discovery", "app"])
def test_containers_may_do_no_more_than_they_must(stack: Stack, service: str) -> None:
    """Each is read-only, without capabilities and within limits; one alone has the socket."""
    for container in stack.containers(service):
        shown = stack.inspect(container)
        host = shown["HostConfig"]
        mounted = {mount["Destination"]: mount for mount in shown["Mounts"]}

        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert host["CapAdd"] == (["CHOWN"] if service == "certs" else None)
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert all(host[limit] for limit in ("Memory", "NanoCpus", "PidsLimit"))
        assert ("/var/run/docker.sock" in mounted) == (service == "discovery")
        assert ("/certs/authority" in mounted) == (service == "certs")
        if service != "certs":
            assert not any(mount["RW"] for mount in mounted.values())
            assert not any("PRIVATE" in line for line in shown["Config"]["Env"])


@pytest.mark.parametrize("service", ["worker", "app"])
def test_keys_are_for_their_owner_alone(stack: Stack, service: str) -> None:
    """A part sees its own three files and nobody else's key."""
    container = stack.containers(service)[0]
    listing = stack.engine.docker("exec", container, "stat", "-c", "%n %u %a", "/certs/key.pem")

    assert listing == "/certs/key.pem 10001 600"
    files = stack.engine.docker("exec", container, "ls", "-A", "/certs").split()
    assert files == ["ca.pem", "cert.pem", "key.pem"]


def test_more_workers_are_taken_into_use(stack: Stack) -> None:
    """What `--scale` adds is found, and what it takes away is missed by no call."""
    stack.up(workers=6)
    stack.use_workers(6)
    before = len(stack.reports())

    stack.up(workers=3)
    stack.use_workers(3)

    assert [r["else"] for r in stack.reports()[before:] if r["else"]] == []


def test_stop_of_a_worker_loses_no_call(stack: Stack) -> None:
    """`docker stop` under load is noticed by nobody who calls."""
    stack.use_workers(3)
    before = len(stack.reports())

    stack.engine.docker("stop", stack.containers("worker")[0])
    stack.use_workers(2)

    assert [r["else"] for r in stack.reports()[before:] if r["else"]] == []


def test_killed_worker_loses_what_ran_there_alone(stack: Stack) -> None:
    """`docker kill` costs at most a call of each lane, told as `WorkerLost`."""
    stack.use_workers(3)
    before = len(stack.reports())

    stack.engine.docker("kill", stack.containers("worker")[0])
    stack.use_workers(2)

    lost = [report["else"] for report in stack.reports()[before:] if report["else"]]
    assert {outcome for report in lost for outcome in report} <= {"WorkerLost"}
    assert sum(report["WorkerLost"] for report in lost) <= 4


def test_application_goes_on_without_discovery(stack: Stack) -> None:
    """The workers that are known stay in use; new ones are when the service is back."""
    stack.use_workers(3)
    before = len(stack.reports())

    stack.engine.docker("kill", *stack.containers("discovery"))
    for report in stack.following_reports(2):
        assert report["workers"] == 3
    stack.up(workers=4)
    stack.use_workers(4)

    assert [r["else"] for r in stack.reports()[before:] if r["else"]] == []


def test_another_up_changes_nothing(stack: Stack) -> None:
    """Certificates that are good are kept, and so are the containers."""
    services = ("worker", "discovery", "app")
    before = [stack.containers(service) for service in services]
    container = before[0][0]
    certificate = stack.engine.docker("exec", container, "cat", "/certs/cert.pem")

    stack.up()

    assert [stack.containers(service) for service in services] == before
    assert stack.engine.docker("exec", container, "cat", "/certs/cert.pem") == certificate


def test_prometheus_reads_every_part(stack: Stack) -> None:
    """Workers, discovery and the application are found by the names of their services."""
    place = stack.compose("port", "prometheus", "9090").strip()

    wait_until("all targets", lambda: targets_up(place) == TARGETS, timeout=60)

    stack.up(workers=4)
    wait_until("one more", lambda: targets_up(place)["worker"] == 4, timeout=60)
    stack.up()
    wait_until("one less", lambda: targets_up(place) == TARGETS, timeout=60)


@pytest.mark.parametrize("file", sorted(DASHBOARDS.glob("*.json")), ids=lambda file: file.stem)
def test_dashboards_show_what_is_measured(stack: Stack, file: Path) -> None:
    """Every query of every panel has an answer from Prometheus, all of everything being chosen."""
    place = stack.compose("port", "prometheus", "9090").strip()
    panels = [panel for panel in json.loads(file.read_text())["panels"] if "targets" in panel]
    asked = [VARIABLE.sub(filled, t["expr"]) for panel in panels for t in panel["targets"]]

    assert asked
    for expression in asked:
        # What happens seldom is not drawn while it does not, and here it may never have.
        usual = expression.removesuffix(" > 0")
        wait_until(usual, lambda e=usual: bool(answers(place, e)), timeout=60)


def test_rules_are_followed(stack: Stack) -> None:
    """Prometheus has loaded every rule, and none fails; nothing is critical while all is well."""
    place = stack.compose("port", "prometheus", "9090").strip()

    def is_followed() -> bool:
        groups = read(place, "rules")["groups"]
        return bool(groups) and all(r["health"] == "ok" for g in groups for r in g["rules"])

    wait_until("all rules are evaluated", is_followed, timeout=60)
    critical = answers(place, 'ALERTS{alertstate="firing",severity="critical"}')
    assert [sample["metric"]["alertname"] for sample in critical] == []


def test_metrics_are_published_nowhere(stack: Stack) -> None:
    """Prometheus reads on the parts' own network; this machine's ports do not lead there."""
    for service in ("worker", "discovery", "app"):
        for container in stack.containers(service):
            shown = stack.inspect(container)
            assert list(shown["NetworkSettings"]["Networks"]) == [f"{PROJECT}_workers"]
            assert not shown["HostConfig"]["PortBindings"]


def targets_up(place: str) -> Counter[str]:
    """Return how many targets answer, by job."""
    found = answers(place, "up == 1")
    return Counter(sample["metric"]["job"] for sample in found)


def filled(variable: re.Match[str]) -> str:
    """Return what Grafana puts in place of *variable*."""
    return {"__rate_interval": "20s", "__range": "60s"}.get(variable[1], ".+")


def answers(place: str, expression: str) -> list[dict[str, Any]]:
    """Return what Prometheus answers to *expression*."""
    return read(place, "query", query=expression)["result"]


def read(place: str, path: str, **parameters: str) -> Any:
    """Return what Prometheus says at *path* of its interface."""
    with urlopen(f"http://{place}/api/v1/{path}?{urlencode(parameters)}", timeout=10) as answer:
        return json.load(answer)["data"]


def test_down_leaves_nothing(stack: Stack) -> None:
    """No container, network or volume of the project remains."""
    stack.down()

    mine = ("--filter", f"label=com.docker.compose.project={PROJECT}")
    for kind in (["ps", "--all"], ["network", "ls"], ["volume", "ls"]):
        assert stack.engine.docker(*kind, "--quiet", *mine) == ""
