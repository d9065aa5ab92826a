"""What stands in compose/ holds together."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from built_images import ROOT
from lab.client import Engine

COMPOSE = ROOT / "compose"
STACKS = [
    COMPOSE / name
    for name in ("compose.yaml", "stack.yaml", "stack-unencrypted.yaml", "stack-monitoring.yaml")
]
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
BARE = re.compile(r"^  ([A-Z_]+):$", re.MULTILINE)
EXAMPLE = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)

OF_COMPOSE = {"COMPOSE_PROJECT_NAME"}
"""Set by Compose itself."""

PORTS = {"worker": 9464, "app": 9464, "discovery": 9095}
"""Where each part serves metrics."""

SETTINGS = {
    "worker": {"WOOL_METRICS_PORT": "9464", "WOOL_METRICS_HOST": "0.0.0.0"},
    "app": {"APP_METRICS_PORT": "9464"},
    "discovery": {"WOOL_DISCOVERY_METRICS_PORT": "9095"},
}
"""How each part is told so."""


def used(file: Path) -> dict[str, str]:
    """Return the variables that *file* uses, each with what holds where it is not set."""
    text = file.read_text()
    found = dict(VARIABLE.findall(text)) | dict.fromkeys(BARE.findall(text), "")
    return {name: default for name, default in found.items() if name not in OF_COMPOSE}


def test_every_variable_is_explained() -> None:
    """`.env.example` has each variable with its true default, and no other."""
    explained = dict(EXAMPLE.findall((COMPOSE / ".env.example").read_text()))

    assert explained == {name: text for file in STACKS for name, text in used(file).items()}


def test_both_stacks_agree_on_defaults() -> None:
    """A variable means the same on one machine and on a Swarm."""
    ones = [used(file) for file in STACKS]

    for one in ones:
        for other in ones:
            assert {n: one[n] for n in one if n in other} == {
                n: other[n] for n in other if n in one
            }


def test_dashboards_ask_the_provisioned_datasource() -> None:
    """Panels, queries and variables name the datasource by the id it is provisioned with."""
    provisioned = COMPOSE / "grafana/provisioning/datasources/prometheus.yaml"
    (source,) = yaml.safe_load(provisioned.read_text())["datasources"]
    dashboards = list((COMPOSE / "grafana/dashboards").glob("*.json"))

    assert dashboards
    for file in dashboards:
        document = json.loads(file.read_text())
        panels = [panel for panel in document["panels"] if panel["type"] != "row"]
        targets = [target for panel in panels for target in panel["targets"]]
        for part in (*panels, *targets, *document["templating"]["list"]):
            assert part["datasource"] == {"type": source["type"], "uid": source["uid"]}


@pytest.mark.parametrize(
    ("file", "scraped", "form"),
    [
        ("compose.yaml", "prometheus.yml", "{}"),
        ("stack.yaml", "prometheus-swarm.yml", "tasks.{}"),
    ],
)
def test_prometheus_reads_where_metrics_are_served(file: str, scraped: str, form: str) -> None:
    """Each part is read by the name of its service, where it is told to serve, and published nowhere."""
    services = yaml.safe_load((COMPOSE / file).read_text())["services"]
    jobs = yaml.safe_load((COMPOSE / "prometheus" / scraped).read_text())["scrape_configs"]

    assert {job["job_name"] for job in jobs} == PORTS.keys()
    for job in jobs:
        name = job["job_name"]
        (found,) = job["dns_sd_configs"]
        assert (found["names"], found["port"]) == ([form.format(name)], PORTS[name])
        if name not in services:
            continue  # applications are no part of the stack for a Swarm
        told = {key: str(value) for key, value in services[name]["environment"].items()}
        assert SETTINGS[name].items() <= told.items()
        assert services[name]["networks"] == ["workers"]
        assert "ports" not in services[name]


@pytest.mark.parametrize("file", ["compose.yaml", "stack-monitoring.yaml"])
def test_prometheus_alone_is_on_both_networks(file: str) -> None:
    """It reads the parts on theirs; Grafana reaches nobody but Prometheus."""
    services = yaml.safe_load((COMPOSE / file).read_text())["services"]

    assert services["prometheus"]["networks"] == ["workers", "monitoring"]
    assert services["grafana"]["networks"] == ["monitoring"]


def test_the_swarm_is_given_every_file() -> None:
    """Rules, scrape jobs, dashboards and how they are provisioned are configs, each where it is looked for."""
    document = yaml.safe_load((COMPOSE / "stack-monitoring.yaml").read_text())
    given = {
        target["target"]: COMPOSE / document["configs"][target["source"]]["file"]
        for service in document["services"].values()
        for target in service["configs"]
    }

    wanted = {"/etc/prometheus/prometheus.yml": COMPOSE / "prometheus/prometheus-swarm.yml"}
    for file in (COMPOSE / "prometheus/rules").iterdir():
        wanted[f"/etc/prometheus/rules/{file.name}"] = file
    for file in (COMPOSE / "grafana").rglob("*.*"):
        wanted[f"/etc/grafana/{file.relative_to(COMPOSE / 'grafana')}"] = file
    assert {at: file.resolve() for at, file in given.items()} == wanted


def test_script_is_one() -> None:
    """The shell of the images can read what makes the certificates."""
    script = COMPOSE / "certificates.sh"

    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    assert script.stat().st_mode & 0o111


@pytest.mark.docker
@pytest.mark.parametrize(
    "files",
    [
        ["compose.yaml"],
        ["stack.yaml"],
        ["stack.yaml", "stack-monitoring.yaml"],
        ["stack.yaml", "stack-unencrypted.yaml"],
        ["stack.yaml", "stack-monitoring.yaml", "stack-unencrypted.yaml"],
    ],
    ids="+".join,
)
def test_compose_takes_the_files(engine: Engine, files: list[str]) -> None:
    """What `task compose:check` checks; the stacks are read by what deploys them, too."""
    engine = replace(engine, environment={**engine.environment, "GRAFANA_PASSWORD": "any"})
    named = [part for file in files for part in ("--file", COMPOSE / file)]
    engine.docker("compose", "--profile", "*", "--env-file", "/dev/null", *named, "config", "-q")
    if files[0] == "stack.yaml":
        named = [part for file in files for part in ("--compose-file", COMPOSE / file)]
        shown = engine.docker("stack", "config", *named)
        assert ("encrypted" in shown) == ("stack-unencrypted.yaml" not in files)
        assert "order: start-first" in shown
