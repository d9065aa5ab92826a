"""How another Python like this one is started."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from wool.runtime.worker import interpreter
from wool_common.errors import WorkerStartError


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WOOL_PYTHON", raising=False)


def test_interpreter_is_our_own() -> None:
    """Usually there is nothing to find."""
    assert interpreter.python() == sys.executable


def test_variable_chooses_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs without an interpreter of their own can name one."""
    monkeypatch.setenv("WOOL_PYTHON", "/opt/python")

    assert interpreter.python() == "/opt/python"


@pytest.mark.parametrize("own", ["/usr/bin/uwsgi", "", None])
def test_embedding_program_finds_one_beside_it(
    own: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that embeds Python is no interpreter, but has one installed."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    monkeypatch.setattr(sys, "executable", own)

    found = Path(interpreter.python())

    assert found.name == version
    assert found.parent.parent in (Path(sys.prefix), Path(sys.base_prefix))


def test_program_without_any_interpreter_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A frozen program cannot start workers by itself."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/app")

    with pytest.raises(WorkerStartError, match=r"/opt/app is no Python .* set WOOL_PYTHON"):
        interpreter.python()


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ([], ["-P"]),
        (["-O"], ["-P", "-O"]),
        (["-OO", "-B"], ["-P", "-B", "-O", "-O"]),
        (["-W", "error::UserWarning"], ["-P", "-W", "error::UserWarning"]),
        (["-X", "utf8"], ["-P", "-X", "utf8"]),
        (["-X", "utf8=0", "-X", "importtime=0"], ["-P", "-X", "utf8=0"]),
        (["-I", "-s"], ["-P"]),
    ],
)
def test_flags_that_matter_are_passed_on(given: list[str], passed: list[str]) -> None:
    """What changes how code runs holds for workers; what hides their packages does not."""
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from wool.runtime.worker import interpreter; print(interpreter.flags())"
    )

    ran = subprocess.run(
        [sys.executable, *given, "-c", code],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin"},
        check=True,
    )

    assert ran.stdout == f"{passed}\n"


def test_path_is_absolute_and_spelled_as_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The empty entry of interactive sessions is the directory of the moment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", "x", "/a/../b", "/z.zip"])

    assert interpreter.module_path() == (
        str(tmp_path),
        f"{tmp_path}/x",
        "/a/../b",
        "/z.zip",
    )


@pytest.mark.parametrize(
    ("environ", "path"),
    [({}, "{root}"), ({"PYTHONPATH": "/a:/b"}, "/a:/b:{root}")],
)
def test_worker_finds_its_program(
    environ: Mapping[str, str], path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Wherever this process got it from, also from a path that was set in code."""
    (tmp_path / "beside" / "program_beside").mkdir(parents=True)
    (tmp_path / "beside" / "program_beside" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "beside")])

    made = interpreter.environment(("program_beside", "program_beside"), environ)

    assert made["PYTHONPATH"] == path.format(root=tmp_path / "beside")


def test_usual_places_are_not_repeated() -> None:
    """Site packages would come before the standard library."""
    assert "PYTHONPATH" not in interpreter.environment(("pytest", "no_such"), {})


@pytest.mark.parametrize(("environ", "value"), [({}, "0"), ({interpreter.FORKS: "1"}, "1")])
def test_forks_are_safe_from_grpc(environ: Mapping[str, str], value: str) -> None:
    """What the user has set is left alone."""
    assert interpreter.environment((), environ)[interpreter.FORKS] == value
