"""What `wool certs` prints works when it is typed."""

from __future__ import annotations

import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from secured_programs import Program, served
from security_routines import pid

import wool


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make certificates in an empty directory, and return what is printed."""
    monkeypatch.chdir(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "wool.cli", "certs", "certs"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


async def test_next_steps_lead_to_a_worker_and_its_client(
    printed: str, environ: dict[str, str]
) -> None:
    """The line starts a worker, the snippet makes the credentials that it answers."""
    line = next(line for line in printed.splitlines() if "wool-worker --host" in line)
    flags = shlex.split(line.replace("0.0.0.0", "127.0.0.1"))[1:]
    names: dict[str, wool.WorkerCredentials] = {}
    exec(textwrap.dedent(printed[printed.index("  credentials = ") :]), {"wool": wool}, names)

    async with (
        served(environ, *flags, "--port", "0") as told,
        wool.WorkerPool(
            size=1,
            worker=lambda *tags: Program(*tags, told=told),
            credentials=names["credentials"],
        ) as pool,
    ):
        assert await pool.run(pid)


async def test_a_pool_of_ones_own_works_too(printed: str) -> None:
    """The same files serve a pool that starts its workers itself."""
    credentials = wool.WorkerCredentials.from_files(
        "certs/ca.pem", "certs/client-key.pem", "certs/client.pem", identity="wool-worker"
    )

    async with wool.WorkerPool(size=1, credentials=credentials) as pool:
        assert await pool.run(pid)
