"""Words that make no sense to commands that speak to workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from wool.cli.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["ps", "--static", "a b"], "'a b' is no address"),
        (["ps", "--static", "https://a"], "'https://a' is a URL, and no address"),
        (["ps", "--dns", "workers:grpc"], "--dns: 'workers:grpc' is not NAME or NAME:PORT"),
        (["ps", "--dns", "a/b"], "--dns must be the name of a host"),
        (["ps", "--local", ""], "namespace must not be empty"),
        (["ps", "--wait", "-1"], "Invalid value for '--wait'"),
        (["ps", "--timeout", "0"], "Invalid value for '--timeout'"),
        (["top", "--interval", "0"], "Invalid value for '--interval'"),
        (["describe"], "Missing argument 'ADDRESS'"),
        (["ping", "a:b"], "the port in the address 'a:b' is not a number"),
        (["drain", "localhost", "--grace", "soon"], "Invalid value for '--grace'"),
        (["completion", "tcsh"], "Invalid value for '{bash|zsh|fish}'"),
        (["ps", "--identity", "x"], "--identity: needs --cert, --key, --ca too"),
        (["ps", "--cert", __file__], "--cert: needs --key, --ca too"),
        (["ps", "--key", "/nowhere.pem"], "Invalid value for '--key'"),
        (["ps", "--static", ","], "--static: no address was given"),
        (["ps", "--interval", "nan"], "Invalid value for '--interval': 'nan' is no number"),
        (["top", "--window", "inf"], "Invalid value for '--window': 'inf' is no number"),
        (["ping", "a", "--timeout", "soon"], "Invalid value for '--timeout': 'soon' is not a"),
        (["completion"], "Missing argument '{bash|zsh|fish}'. Choose from: bash, zsh, fish"),
        (["explain"], "Missing argument 'MODULE:ROUTINE'"),
        (["explain", "--lan", "a:b"], "Missing argument 'MODULE:ROUTINE'; --lan has taken it"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line begins with the command and names what was typed; the exit code is 2."""
    assert main(arguments) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"wool {arguments[0]}: {problem}")
    assert told.err.count("\n") == 1


def test_files_that_hold_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the file should hold is told, and by which option it was given."""
    file = tmp_path / "x.pem"
    file.write_text("nothing")

    assert main(["ping", "a", "--cert", str(file), "--key", str(file), "--ca", str(file)]) == 2
    told = f"wool ping: --ca: {file} holds no certificate in PEM form\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_complete(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The script asks this command."""
    assert main(["completion", shell]) == 0

    assert "_WOOL_COMPLETE" in capsys.readouterr().out
