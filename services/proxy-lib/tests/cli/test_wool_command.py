"""The `wool` command itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wool.cli.__main__ import main
from wool.cli.commands import COMMANDS
from wool_common.metadata import VERSION


def test_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Help shows each command with what it does."""
    assert main(["--help"]) == 0

    printed = capsys.readouterr().out
    listed = " ".join(printed.split())
    assert [name for name, (_, text) in COMMANDS.items() if f"{name} {text}" not in listed] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_as_the_list_says(name: str) -> None:
    """The list does not import the commands, so that it could be wrong."""
    # In a process of its own, for `wool worker` becomes the worker.
    command = [sys.executable, "-m", "wool.cli", name, "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)

    assert COMMANDS[name][1].rstrip(".") in " ".join(done.stdout.split())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version is that of the library."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"wool {VERSION}\n"


def test_no_command_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a word the help is shown, and the exit code says that nothing was done."""
    assert main([]) == 2
    assert "Commands:" in capsys.readouterr().err


def test_unknown_command_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What was typed is named, with what may be meant, or all that there is."""
    assert main(["cert"]) == 2
    assert capsys.readouterr().err == "wool: No such command 'cert'. Did you mean 'certs'?\n"

    assert main(["xyzzy"]) == 2
    listed = ", ".join(sorted(COMMANDS))
    assert capsys.readouterr().err == f"wool: No such command 'xyzzy'. There are {listed}\n"


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words, in place of a number and a pair of brackets."""
    (tmp_path / "file").touch()

    assert main(["certs", str(tmp_path / "file" / "certs")]) == 1
    assert capsys.readouterr().err == f"wool: {tmp_path}/file/certs: Not a directory\n"


def test_whoever_stops_reading_hears_no_more() -> None:
    """As with `| head`: neither a traceback nor a complaint."""
    command = [sys.executable, "-m", "wool.cli", "top", "--json", "--interval", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline().startswith(b"{")
        running.stdout.close()
        told = running.stderr.read()

    assert (told, running.returncode) == (b"", 1)


@pytest.mark.parametrize("missing", ["click", "cryptography"])
def test_without_the_extra_one_line_says_what_to_install(missing: str) -> None:
    """The command is installed with the library, what it needs is not."""
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from wool.cli.__main__ import main\n"
        "sys.exit(main(['certs', '/nowhere', '--help']))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )

    line = "wool: the command needs an extra: pip install 'wool[cli]'\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", line)


def test_list_of_commands_imports_none_of_them() -> None:
    """Help is quick, whatever the commands need."""
    code = (
        "import sys; from wool.cli.__main__ import main; main(['--help'])\n"
        "print(sorted({'grpc', 'cryptography', 'rich'} & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )

    assert done.stderr == "[]\n"
