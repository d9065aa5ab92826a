"""
Draw the parts, their layers and their modules into docs/architecture.md.

    python tools/architecture_docs.py           # write what has changed
    python tools/architecture_docs.py --check   # fail where the page is stale

The drawings come from the import contracts in pyproject.toml, from what each part declares,
and from the first line of each module; the words around them are written by hand.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from drawn import main

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs/architecture.md"
PARTS: Final = (
    ROOT / "libs/common",
    ROOT / "services/worker",
    ROOT / "services/proxy-lib",
    ROOT / "services/discovery-docker",
)
GENERATED: Final = "wool_protocol"


def blocks() -> dict[str, str]:
    """Return every drawing by its name."""
    contracts = layered(settings(ROOT))
    street = next(c for c in contracts if any(GENERATED in row for row in c["layers"]))
    found = {"parts": parts(street)}
    for package in ("wool", "wool_worker", "wool_common"):
        own = [c for c in contracts if c is not street and package_of(c) == package]
        found[f"{package}-layers"] = "\n\n".join(layers(contract) for contract in own)
        found[f"{package}-modules"] = "\n".join(modules(package))
    return found


def settings(folder: Path) -> dict[str, Any]:
    """Return what the pyproject.toml in *folder* says."""
    return tomllib.loads((folder / "pyproject.toml").read_text())


def layered(root: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the contracts about layers."""
    contracts: list[dict[str, Any]] = root["tool"]["importlinter"]["contracts"]
    return [contract for contract in contracts if contract["type"] == "layers"]


def package_of(contract: Mapping[str, Any]) -> str:
    """Return the package whose layers *contract* is about."""
    first: str = contract.get("containers", contract["layers"])[0]
    return first.partition(".")[0]


def parts(street: Mapping[str, Any]) -> str:
    """Draw the distributions: solid arrows are imports, dashed ones processes that are started."""
    rows: list[list[str]] = [re.split(r"\s*[|:]\s*", row) for row in street["layers"]]
    apart = {frozenset((a, b)) for row in rows for a in row for b in row if a != b}
    projects = {project["name"]: project for project in map(_project, PARTS)}
    lines = ["```mermaid", "flowchart BT"]
    for name, project in projects.items():
        folder, packages = project["folder"], "<br/>".join(project["packages"])
        lines.append(f'    {_package(name)}["<b>{name}</b><br/>{folder}<br/>{packages}"]')
    for name, project in projects.items():
        for other in project["needs"]:
            if other in projects:
                here, there = _package(name), _package(other)
                arrow = "-. starts .->" if frozenset((here, there)) in apart else "-->"
                lines.append(f"    {here} {arrow} {there}")
    return "\n".join([*lines, "```"])


def _project(part: Path) -> dict[str, Any]:
    told = settings(part)
    return {
        "name": told["project"]["name"],
        "folder": part.relative_to(ROOT).as_posix(),
        "needs": [re.split(r"[\s\[<>=!~;]", line)[0] for line in told["project"]["dependencies"]],
        "packages": [
            Path(path).name
            for path in told["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
        ],
    }


def _package(distribution: str) -> str:
    return distribution.replace("-", "_")


def layers(contract: Mapping[str, Any]) -> str:
    """Draw one contract: a layer may import what is below it, nothing what is above."""
    prefix = "".join(f"{container}." for container in contract.get("containers", ()))
    lines = [f"*{contract['name']}*", "", "```mermaid", "flowchart TB"]
    names = [_shortened(row, prefix) for row in contract["layers"]]
    for number, name in enumerate(names):
        lines.append(f'    layer{number}["{name}"]')
    lines += [f"    layer{number} --> layer{number + 1}" for number in range(len(names) - 1)]
    return "\n".join([*lines, "```"])


def _shortened(row: str, prefix: str) -> str:
    modules = [name.strip("() ") for name in re.split(r"[|:]", row)]
    return " · ".join(name.removeprefix(prefix).replace("wool.runtime.", "") for name in modules)


def modules(package: str) -> Iterator[str]:
    """Yield a table of the modules of *package* with what each says of itself."""
    source = next(part / "src" / package for part in PARTS if (part / "src" / package).is_dir())
    yield "| module | what it is for |"
    yield "| --- | --- |"
    for file in sorted(source.rglob("*.py")):
        dotted = ".".join(file.relative_to(source).with_suffix("").parts)
        if not dotted.endswith("__init__"):
            yield f"| `{dotted}` | {first_line(file)} |"


def first_line(file: Path) -> str:
    """Return the first line of the docstring of the module in *file*."""
    docstring = ast.get_docstring(ast.parse(file.read_text())) or ""
    return docstring.partition("\n")[0].replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(PAGE, blocks(), "architecture_docs.py", sys.argv[1:]))
