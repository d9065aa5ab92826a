"""
Make the development environment, then run a task of the Taskfile in it.

    python3 tools/run.py demo
    python3 tools/run.py test -k generators

Needs Python 3.11 or later with pip, and nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):
    sys.exit("Wool needs Python 3.11 or later; this is " + sys.version.split()[0])

import tomllib

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"

# What pip is told under the name on the left, uv wants in the variable on the right.
PIP_TO_UV = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}


def main(arguments: list[str]) -> None:
    """Set up, then become the task that *arguments* name."""
    if not arguments or arguments[0].startswith("-"):
        sys.exit("usage: python3 tools/run.py TASK [ARGUMENT...]\n\nTasks: see Taskfile.yml")
    environment = uv_environment()
    prepare(environment)
    task, *rest = arguments
    if task != "setup":
        command = [str(BIN / "task"), "--dir", str(ROOT), task, "--", *rest]
        sys.stdout.flush()
        os.execve(command[0], command, environment)


def prepare(environment: dict[str, str]) -> None:
    """Bring .venv to what pyproject.toml says."""
    if not works(BIN / "python", "-c", "import tomllib"):
        say("making .venv")
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], environment)
    uv = BIN / "uv"
    if not works(uv, "--version"):
        wanted = pinned("uv")
        say(f"installing {wanted}")
        # PIP_REQUIRE_VIRTUALENV and the like may stand in the way of a plain `pip install`.
        pip = [sys.executable, "-m", "pip", "--python", str(BIN / "python")]
        run([*pip, "install", "--quiet", "--disable-pip-version-check", wanted], environment)
    everything = ["--all-packages", "--all-extras", "--all-groups", "--no-group", "pictures"]
    run([str(uv), "sync", "--quiet", "--project", str(ROOT), *everything], environment)


def pinned(name: str) -> str:
    """Return the requirement that pins *name*."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    constraints: list[str] = settings["tool"]["uv"]["constraint-dependencies"]
    return next(line for line in constraints if line.startswith(f"{name}=="))


def uv_environment() -> dict[str, str]:
    """Return the environment in which uv uses .venv and asks the index that pip asks."""
    environment = {**os.environ, "UV_PROJECT_ENVIRONMENT": str(VENV)}
    environment.setdefault("UV_PYTHON_DOWNLOADS", "never")
    environment.pop("VIRTUAL_ENV", None)
    settings = pip_settings()
    for option, variable in PIP_TO_UV.items():
        if option in settings:
            environment.setdefault(variable, settings[option])
    return environment


def pip_settings() -> dict[str, str]:
    """Return pip's settings; the environment outranks the files."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found: dict[str, str] = {}
    for line in listing.splitlines():
        key, separator, value = line.partition("=")
        scope, _, option = key.rpartition(".")
        if separator and (scope == ":env:" or option not in found):
            found[option] = value.strip("'\"")
    return found


def works(*command: str | Path) -> bool:
    """Tell whether *command* can be run and succeeds."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(command: list[str], environment: dict[str, str]) -> None:
    """Run *command*, or end with its exit code."""
    code = subprocess.run(command, env=environment, check=False).returncode
    if code:
        sys.exit(code)


def say(text: str) -> None:
    """Tell what takes a while."""
    print(f"run.py: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
