"""Find how to start another Python like this one."""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from wool_common.errors import WorkerStartError

VARIABLE: Final = "WOOL_PYTHON"
"""Names the interpreter where this program is none, e.g. one that embeds Python."""

FORKS: Final = "GRPC_ENABLE_FORK_SUPPORT"

PASSED_ON: Final = (
    "dev",
    "faulthandler",
    "frozen_modules",
    "int_max_str_digits",
    "no_debug_ranges",
    "pycache_prefix",
    "utf8",
    "warn_default_encoding",
)
"""The `-X` options that hold for workers too."""


def python() -> str:
    """
    Return the interpreter to start workers with.

    Raises:
        WorkerStartError: this program is no interpreter, and none is beside it.
    """
    if chosen := os.environ.get(VARIABLE):
        return chosen
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    beside = (Path(root, "bin", version) for root in (sys.prefix, sys.base_prefix))
    own = sys.executable or ""
    if not getattr(sys, "frozen", False):
        if any(name in Path(own).name.lower() for name in ("python", "pypy")):
            return own
        for candidate in beside:
            if os.access(candidate, os.X_OK):
                return str(candidate)
    raise WorkerStartError(
        f"{own or 'this program'} is no Python interpreter: set {VARIABLE} to the path of"
        f" a {version} that can import wool_worker"
    )


def flags() -> list[str]:
    """
    Return the interpreter flags that matter to a worker.

    `-I`, `-E` and `-S` are left out: a worker needs its site-packages, and gets this
    process's `sys.path` in any case. `-P` keeps the current directory out until then.
    """
    given = ["-P"]
    given += ["-B"] * sys.flags.dont_write_bytecode
    given += ["-O"] * sys.flags.optimize
    given += ["-b"] * sys.flags.bytes_warning
    for warning in sys.warnoptions:
        given += ["-W", warning]
    chosen: Mapping[str, object] = sys._xoptions  # pyright: ignore[reportPrivateUsage]
    for name in PASSED_ON:
        if (value := chosen.get(name)) is not None:
            given += ["-X", name if value is True else f"{name}={value}"]
    return given


def module_path() -> tuple[str, ...]:
    """Return this process's `sys.path`, the current directory by its name."""
    here = str(Path.cwd())
    # Not pathlib: entries keep their spelling, by which modules compare their origins.
    return tuple(os.path.join(here, entry) if entry else here for entry in sys.path)  # noqa: PTH118


def environment(modules: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    """
    Return the environment of a worker that finds *modules* before it has our `sys.path`.

    Where they came from is added to PYTHONPATH; the worker takes it out again. The usual
    places are not: they would come before the standard library.
    """
    made = dict(environ)
    # Forks of a worker, by what its routines use, hang in gRPC's handlers otherwise.
    made.setdefault(FORKS, "0")
    usual = {*site.getsitepackages(), site.getusersitepackages()}
    roots = dict.fromkeys(root for module in modules if (root := _root(module)) not in usual)
    paths = [path for path in (environ.get("PYTHONPATH"), *roots) if path]
    if paths:
        made["PYTHONPATH"] = os.pathsep.join(paths)
    return made


def _root(module: str) -> str | None:
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return None
    return str(Path(next(iter(spec.submodule_search_locations))).parent)
