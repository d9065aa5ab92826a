"""Install each part alone, with what it declares and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[2]

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
from importlib.resources import files

for name in sys.argv[1:]:
    package = importlib.import_module(name)
    assert files(name).joinpath("py.typed").is_file(), f"{name} has no py.typed"
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        # The command's modules need the extra `cli`, which its entry point says.
        if module.name.endswith(".__main__") or module.name.startswith("wool.cli."):
            continue
        try:
            importlib.import_module(module.name)
        except ImportError as error:
            # What an extra would bring is said in these words, in the one module that needs it.
            if "needs an extra: pip install" not in str(error):
                raise
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A distribution, what it lets one import and which programs it brings."""

    name: str
    imports: tuple[str, ...]
    programs: tuple[str, ...] = ()


PARTS = [
    Part(name="wool-common", imports=("wool_common", "wool_protocol")),
    Part(name="wool-worker", imports=("wool_worker",), programs=("wool-worker",)),
    Part(name="wool", imports=("wool",), programs=("wool-demo",)),
    Part(
        name="wool-discovery-docker",
        imports=("wool_discovery_docker",),
        programs=("wool-discovery-docker",),
    ),
]


def run(*command: str | Path, within: Path) -> None:
    """Run *command*; where it fails, so does the test, with what the command had to say."""
    done = subprocess.run(command, cwd=within, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def uv(*arguments: str | Path, within: Path = ROOT) -> None:
    """Run uv."""
    run(find_uv_bin(), *arguments, within=within)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build the wheel of every part."""
    folder = tmp_path_factory.mktemp("wheels")
    uv("build", "--quiet", "--wheel", "--all-packages", "--out-dir", folder)
    return {wheel.name.split("-")[0].replace("_", "-"): wheel for wheel in folder.glob("*.whl")}


@pytest.fixture(scope="module")
def constraints(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write down which version of everything to install: the pinned ones, and these wheels."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = [*settings["tool"]["uv"]["constraint-dependencies"]]
    lines += [f"{name} @ {wheel.as_uri()}" for name, wheel in wheels.items()]
    file = tmp_path_factory.mktemp("constraints") / "constraints.txt"
    file.write_text("\n".join(lines))
    return file


def test_every_part_builds(wheels: dict[str, Path]) -> None:
    """Each part gives one wheel, which holds its packages, its licence and no tests."""
    tops = {
        name: {entry.partition("/")[0] for entry in zipfile.ZipFile(wheel).namelist()}
        for name, wheel in wheels.items()
    }
    licences = {
        name: any(entry.endswith("licenses/LICENSE") for entry in zipfile.ZipFile(wheel).namelist())
        for name, wheel in wheels.items()
    }

    assert {
        name: {top for top in found if not top.endswith(".dist-info")}
        for name, found in tops.items()
    } == {part.name: set(part.imports) for part in PARTS}
    assert all(licences.values()), licences


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_part_works_alone(
    part: Part, wheels: dict[str, Path], constraints: Path, tmp_path: Path
) -> None:
    """In an empty environment a part installs, every module imports and its programs start."""
    environment = tmp_path / "environment"
    python = environment / "bin/python"
    uv("venv", "--quiet", "--python", sys.executable, environment, within=tmp_path)
    uv(
        *("pip", "install", "--quiet", "--python", python, "--constraints", constraints),
        f"{part.name} @ {wheels[part.name].as_uri()}",
        within=tmp_path,
    )

    run(python, "-I", "-W", "error", "-c", IMPORT_EVERYTHING, *part.imports, within=tmp_path)
    for program in part.programs:
        run(environment / "bin" / program, "--help", within=tmp_path)
    uv("pip", "check", "--python", python, within=tmp_path)
