"""Hold what every part must bring along."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from house import PARTS, ROOT, settings, short

from wool_common.metadata import VERSION


@pytest.mark.parametrize("part", PARTS, ids=short)
def test_part_brings_its_papers(part: Path) -> None:
    """A part has a README, the project's licence, the project's version and a typing marker."""
    project = settings(part)["project"]
    packages = [ROOT / part / path for path in wheel(part)["packages"]]

    assert (part / "README.md").read_text().startswith(f"# {project['name']}\n")
    assert (part / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert (project["version"], project["requires-python"]) == (VERSION, ">=3.11")
    assert [package for package in packages if not (package / "py.typed").is_file()] == []


def test_every_dependency_is_pinned() -> None:
    """The workspace pins one version of everything its parts and its tools ask for."""
    root = settings(ROOT)
    uv = root["tool"]["uv"]
    pins = [name_of(pin) for pin in uv["constraint-dependencies"]]
    asked = [line for group in root["dependency-groups"].values() for line in group]
    for project in (settings(part)["project"] for part in PARTS):
        asked += project["dependencies"]
        asked += [
            line for extra in project.get("optional-dependencies", {}).values() for line in extra
        ]
    asked += [line for part in PARTS for line in settings(part)["build-system"]["requires"]]
    own = {settings(part)["project"]["name"] for part in PARTS}

    assert {name_of(line) for line in asked} - own - set(pins) == set()


def test_pins_name_versions_and_no_places() -> None:
    """What `task lock` writes is `name==version`, with a marker at most."""
    uv = settings(ROOT)["tool"]["uv"]
    pins = uv["constraint-dependencies"] + uv["build-constraint-dependencies"]

    assert [pin for pin in pins if not re.fullmatch(r"[a-z0-9-]+==[\w.+!]+( ; .+)?", pin)] == []


def wheel(part: Path) -> dict[str, list[str]]:
    """Return what goes into the wheel of *part*."""
    return settings(part)["tool"]["hatch"]["build"]["targets"]["wheel"]


def name_of(requirement: str) -> str:
    """Return the name a requirement begins with."""
    return re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]
