"""`wool-worker` with certificates."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from authority import NAME, Authority, write
from security_routines import pid

import wool

HERE = Path(__file__).parent
READY_SECONDS = 20


@pytest.fixture
def environ() -> dict[str, str]:
    """Return an environment in which a worker finds the routines of this folder."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("WOOL_")}
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**kept, "PYTHONPATH": path}


class Program(wool.Worker):
    """A worker that was started by hand, as a pool sees it."""

    def __init__(self, *tags: str, address: str) -> None:
        super().__init__(*tags)
        self._at = address

    async def _start(self, timeout: float | None) -> wool.WorkerMetadata:
        return wool.WorkerMetadata(uid=self.uid, address=self._at, secure=True)

    async def _stop(self, grace: float | None, timeout: float | None) -> None:
        """Leave it to whoever started it."""


@asynccontextmanager
async def served(environ: dict[str, str], *flags: str) -> AsyncGenerator[str]:
    """Run `wool-worker` with *flags*; yield its address; it must end well when it is asked to."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wool_worker", *flags),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environ,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(READY_SECONDS):
            ready = json.loads(await process.stderr.readline())
        assert ready["event"] == "worker_ready"
        yield ready["address"]
        process.terminate()
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("mutual", [True, False])
async def test_worker_with_certificates_serves_over_tcp(
    ours: Authority, environ: dict[str, str], tmp_path: Path, mutual: bool
) -> None:
    """Flags that name three files have the worker speak TLS."""
    files = write(ours.issue("127.0.0.1"), tmp_path)
    flags = ("--port", "0", *files, *(() if mutual else ("--no-mutual",)))

    async with (
        served(environ, *flags) as address,
        wool.WorkerPool(
            size=1,
            worker=lambda *tags: Program(*tags, address=address),
            credentials=ours.issue("client.example", mutual=mutual),
        ),
    ):
        assert await pid() != os.getpid()


async def test_worker_with_certificates_turns_strangers_away(
    ours: Authority, theirs: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    """Neither a client in the clear nor one of another authority is served."""
    files = write(ours.issue("127.0.0.1"), tmp_path)

    async with served(environ, "--port", "0", *files) as address:
        for stranger in (None, theirs.issue(trusts=ours), ours.issue(mutual=False)):
            async with wool.WorkerPool(
                size=1,
                worker=lambda *tags: Program(*tags, address=address),
                credentials=stranger,
            ):
                with pytest.raises(wool.NoWorkersAvailable, match="hung up"):
                    await pid()


async def test_worker_with_certificates_serves_on_a_socket(
    ours: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    """A client whose certificate has the same first name is served there."""
    files = write(ours.issue(NAME), tmp_path)

    async with served(environ, "--socket", str(tmp_path / "w"), *files) as address:
        assert address == f"unix:{tmp_path}/w"
        async with wool.WorkerPool(
            size=1,
            worker=lambda *tags: Program(*tags, address=address),
            credentials=ours.issue(NAME),
        ):
            assert await pid() != os.getpid()


def test_worker_with_wrong_files_does_not_serve(
    ours: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    """One line tells which file is wrong, and the exit code that it was the flags."""
    good, other = ours.issue(), ours.issue()
    mixed = wool.WorkerCredentials(good.ca_cert, other.worker_key, good.worker_cert)
    flags = write(mixed, tmp_path)

    done = subprocess.run(
        [sys.executable, "-m", "wool_worker", *flags],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=READY_SECONDS,
    )

    line = (
        f"wool-worker: key_path: {tmp_path}/key.pem holds a key that does not belong to"
        f" {tmp_path}/cert.pem\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)
