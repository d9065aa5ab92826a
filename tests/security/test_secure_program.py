"""`wool-worker` with certificates."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from authority import NAME, Authority, write
from secured_programs import READY_SECONDS, Program, served
from security_routines import pid

import wool


@pytest.mark.parametrize("mutual", [True, False])
async def test_worker_with_certificates_serves_over_tcp(
    ours: Authority, environ: dict[str, str], tmp_path: Path, mutual: bool
) -> None:
    """Flags that name three files have the worker speak TLS."""
    files = write(ours.issue("127.0.0.1"), tmp_path)
    flags = ("--port", "0", *files, *(() if mutual else ("--no-mutual",)))

    async with (
        served(environ, *flags) as told,
        wool.WorkerPool(
            size=1,
            worker=lambda *tags: Program(*tags, told=told),
            credentials=ours.issue("client.example", mutual=mutual),
        ),
    ):
        assert await pid() != os.getpid()


async def test_worker_with_certificates_turns_strangers_away(
    ours: Authority, theirs: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    """Neither a client in the clear nor one of another authority is served."""
    files = write(ours.issue("127.0.0.1"), tmp_path)

    async with served(environ, "--port", "0", *files) as told:
        for stranger in (None, theirs.issue(trusts=ours), ours.issue(mutual=False)):
            async with wool.WorkerPool(
                size=1,
                worker=lambda *tags: Program(*tags, told=told),
                credentials=stranger,
            ):
                with pytest.raises(wool.NoWorkersAvailable, match="hung up"):
                    await pid()


async def test_worker_with_certificates_serves_on_a_socket(
    ours: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    """A client whose certificate has the same first name is served there."""
    files = write(ours.issue(NAME), tmp_path)

    async with served(environ, "--socket", str(tmp_path / "w"), *files) as told:
        assert told.address == f"unix:{tmp_path}/w"
        async with wool.WorkerPool(
            size=1,
            worker=lambda *tags: Program(*tags, told=told),
            credentials=ours.issue(NAME),
        ):
            assert await pid() != os.getpid()


def test_worker_with_wrong_files_does_not_serve(
    ours: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    """One line tells which file is wrong, and the exit code that it was the flags."""
    good, other = ours.issue(), ours.issue()
    flags = write(good, tmp_path)
    (tmp_path / "key.pem").write_bytes(other.worker_key)

    done = refused(environ, *flags)

    line = (
        f"wool-worker: --key: {tmp_path}/key.pem holds a key that does not belong to"
        f" {tmp_path}/cert.pem\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


@pytest.mark.parametrize("flags", [(), ("--insecure",)])
def test_worker_that_would_answer_everybody_says_so(
    ours: Authority, environ: dict[str, str], tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """Without certificates of clients, a network needs a clear word."""
    files = write(ours.issue(), tmp_path)

    done = refused(environ, "--host", "0.0.0.0", "--port", "x", *files, "--no-mutual", *flags)

    line = (
        "wool-worker: --port: must be a whole number from 0 to 65535, not 'x'\n"
        if flags
        else "wool-worker: --no-mutual: anyone who reaches 0.0.0.0 could run code here: leave it"
        " out, so that clients need a certificate, or give --insecure too if that is what you"
        " want\n"
    )
    assert (done.returncode, done.stderr) == (2, line)


def test_worker_with_an_expired_certificate_does_not_serve(
    ours: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    """Nobody would accept it."""
    flags = write(ours.issue(expired=True), tmp_path)

    done = refused(environ, *flags)

    assert done.returncode == 2
    assert done.stderr.startswith(f"wool-worker: --cert: {tmp_path}/cert.pem holds a certificate")
    assert "has expired on 2021-01-01 00:00 UTC" in done.stderr


def refused(environ: dict[str, str], *flags: str) -> subprocess.CompletedProcess[str]:
    """Run `wool-worker` with *flags* that it does not take."""
    return subprocess.run(
        [sys.executable, "-m", "wool_worker", *flags],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=READY_SECONDS,
    )
