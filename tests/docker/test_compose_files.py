"""What stands in compose/ holds together."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from built_images import ROOT
from lab.client import Engine

COMPOSE = ROOT / "compose"
STACKS = [COMPOSE / "compose.yaml", COMPOSE / "stack.yaml", COMPOSE / "stack-unencrypted.yaml"]
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
BARE = re.compile(r"^  ([A-Z_]+):$", re.MULTILINE)
EXAMPLE = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)

OF_COMPOSE = {"COMPOSE_PROJECT_NAME"}
"""Set by Compose itself."""


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
    """Panels name the datasource by the id it is provisioned with."""
    provisioned = (COMPOSE / "grafana/provisioning/datasources/prometheus.yaml").read_text()
    dashboards = list((COMPOSE / "grafana/dashboards").glob("*.json"))

    assert dashboards
    for file in dashboards:
        for panel in json.loads(file.read_text())["panels"]:
            for part in (panel, *panel["targets"]):
                assert f"uid: {part['datasource']['uid']}\n" in provisioned


def test_script_is_one() -> None:
    """The shell of the images can read what makes the certificates."""
    script = COMPOSE / "certificates.sh"

    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    assert script.stat().st_mode & 0o111


@pytest.mark.docker
@pytest.mark.parametrize(
    "files",
    [["compose.yaml"], ["stack.yaml"], ["stack.yaml", "stack-unencrypted.yaml"]],
    ids="+".join,
)
def test_compose_takes_the_files(engine: Engine, files: list[str]) -> None:
    """What `task compose:check` checks; the stacks are read by what deploys them, too."""
    named = [part for file in files for part in ("--file", COMPOSE / file)]
    engine.docker("compose", "--profile", "*", "--env-file", "/dev/null", *named, "config", "-q")
    if files[0] == "stack.yaml":
        named = [part for file in files for part in ("--compose-file", COMPOSE / file)]
        shown = engine.docker("stack", "config", *named)
        assert ("encrypted" in shown) == (len(files) == 1)
        assert "order: start-first" in shown
