"""
Pin every version in pyproject.toml, and no host.

Resolves the whole workspace anew with uv, then writes `name==version` lines into `constraint-dependencies`. `uv.lock`
names the places files come from and so stays out of the repository.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = ROOT / "pyproject.toml"
LOCK = ROOT / "uv.lock"
BUILD_TOOL = "hatchling"


def main() -> None:
    """Resolve, and write what was found."""
    before = PYPROJECT.read_text()
    try:
        PYPROJECT.write_text(with_pins(before, [], []))
        uv_lock("--upgrade")
        packages = tomllib.loads(LOCK.read_text())["package"]
    except BaseException:
        PYPROJECT.write_text(before)
        raise
    PYPROJECT.write_text(with_pins(before, pins(packages), build_pins(packages)))
    uv_lock()
    print(f"{len(pins(packages))} versions pinned; run `task setup` to install them")


def uv_lock(*options: str) -> None:
    """Write uv.lock."""
    command = [str(Path(sys.executable).with_name("uv")), "lock", "--quiet", *options]
    subprocess.run(command, cwd=ROOT, check=True)


def pins(packages: list[dict[str, Any]]) -> list[str]:
    """Return a line for each package that comes from an index."""
    lines: list[str] = []
    for package in packages:
        if "registry" not in package["source"]:
            continue
        markers = " or ".join(f"({marker})" for marker in package.get("resolution-markers", []))
        line = f"{package['name']}=={package['version']}"
        lines.append(f"{line} ; {markers}" if markers else line)
    return sorted(lines)


def build_pins(packages: list[dict[str, Any]]) -> list[str]:
    """Return the lines of the build tool and of everything it needs."""
    needs = {package["name"]: package.get("dependencies", []) for package in packages}
    wanted, waiting = set[str](), [BUILD_TOOL]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [need["name"] for need in needs[name]]
    return [line for line in pins(packages) if line.partition("==")[0] in wanted]


def with_pins(text: str, runtime: list[str], build: list[str]) -> str:
    """Return the text of pyproject.toml with these lists in place of the present ones."""
    text = with_array(text, "constraint-dependencies", runtime)
    return with_array(text, "build-constraint-dependencies", build)


def with_array(text: str, key: str, lines: list[str]) -> str:
    """Return *text* with *lines* as the array *key*."""
    body = "".join(f'    "{line}",\n' for line in lines)
    array = f"{key} = [\n{body}]" if lines else f"{key} = []"
    text, count = re.subn(rf"(?m)^{key} = \[[^\]]*\]", lambda _: array, text)
    if count != 1:
        raise SystemExit(f"lock.py: pyproject.toml has {count} lists named {key}")
    return text


if __name__ == "__main__":
    main()
