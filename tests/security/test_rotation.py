"""Certificates that are exchanged while pools and workers are in use."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from authority import Authority, write
from secured_programs import Program, served
from security_routines import pid, pids, repeated

import wool
from wool.runtime.worker.auth import WorkerCredentialsProvider

WORKER = "wool-worker"


def provided(folder: Path) -> WorkerCredentialsProvider:
    """Return a provider of the files in *folder*."""
    ca, key, cert = (folder / f"{name}.pem" for name in ("ca", "key", "cert"))
    return WorkerCredentialsProvider.from_files(ca, key, cert, identity=WORKER)


@pytest.mark.parametrize("mutual", [True, False])
async def test_worker_takes_up_new_files(
    ours: Authority, theirs: Authority, environ: dict[str, str], tmp_path: Path, mutual: bool
) -> None:
    """New clients meet the new certificate and authority; those that are connected stay."""
    files = write(ours.issue("127.0.0.1"), tmp_path)
    flags = ("--port", "0", *files, *(() if mutual else ("--no-mutual",)))

    async with served(environ, *flags) as told:
        join = partial(wool.WorkerPool, size=1, worker=lambda *tags: Program(*tags, told=told))
        async with join(credentials=ours.issue(mutual=mutual)) as before:
            first = await before.run(pid)

            write(theirs.issue("127.0.0.1"), tmp_path)

            async with join(credentials=theirs.issue(mutual=mutual)) as after:
                assert await after.run(pid) == first
            async with join(credentials=ours.issue(mutual=mutual)) as late:
                with pytest.raises(wool.NoWorkersAvailable, match="same ca_path"):
                    await late.run(pid)
            assert await before.run(pid) == first


async def test_worker_keeps_what_works(
    ours: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    """A rotation that is half done is not taken up; the rest of it is."""
    other = tmp_path / "other"
    other.mkdir()
    files = write(ours.issue("127.0.0.1"), tmp_path)
    write(ours.issue("other.example", "127.0.0.1"), other)

    async with served(environ, "--port", "0", *files) as told:
        join = partial(wool.WorkerPool, size=1, worker=lambda *tags: Program(*tags, told=told))
        (other / "key.pem").rename(tmp_path / "key.pem")
        async with join(credentials=ours.issue()) as pool:
            assert await pool.run(pid)

        (other / "cert.pem").rename(tmp_path / "cert.pem")
        named = replace(ours.issue(), identity="other.example")
        async with join(credentials=named) as pool:
            assert await pool.run(pid)


async def test_pool_takes_up_new_files(ours: Authority, theirs: Authority, tmp_path: Path) -> None:
    """After a rotation the pool, its old workers and its new ones still go together."""
    write(ours.issue(WORKER), tmp_path)

    async with wool.WorkerPool(size=2, credentials=provided(tmp_path)) as pool:
        here, there = await pids(2)
        write(theirs.issue(WORKER), tmp_path)

        assert {await pid() for _ in range(4)} == there
        async with wool.WorkerPool(size=1, credentials=provided(tmp_path)) as another:
            assert await another.run(pid) not in there
        assert {await pid() for _ in range(4)} == there
        assert len(pool.workers) == 2
    assert here in there


async def test_workers_started_after_a_rotation_are_met(
    ours: Authority, theirs: Authority, tmp_path: Path
) -> None:
    """A worker that replaces another has the new certificate, and the pool knows it."""
    write(ours.issue(WORKER), tmp_path)
    workers: list[wool.LocalWorker] = []

    def made(*tags: str, credentials: WorkerCredentialsProvider) -> wool.LocalWorker:
        workers.append(wool.LocalWorker(*tags, credentials=credentials))
        return workers[-1]

    async with wool.WorkerPool(size=1, worker=made, credentials=provided(tmp_path)):
        first = await pid()
        write(theirs.issue(WORKER), tmp_path)
        workers[0].kill()
        await workers[0].exited()

        assert await pid() != first
    assert len(workers) == 2


async def test_provider_of_ones_own_gives_workers_a_copy(ours: Authority) -> None:
    """An object with `current` will do; a local worker keeps what it was started with."""

    class Own:
        asked = 0

        def current(self) -> wool.WorkerCredentials:
            self.asked += 1
            return credentials

    own, credentials = Own(), ours.issue(WORKER)

    async with wool.WorkerPool(size=2, credentials=own):
        _, there = await pids(2)

    assert len(there) == 2
    assert own.asked >= 2


async def test_provider_is_not_sent_with_values(ours: Authority, tmp_path: Path) -> None:
    """What leads to a private key does not leave by mistake."""
    write(ours.issue(WORKER), tmp_path)
    provider = provided(tmp_path)

    async with wool.WorkerPool(size=1, credentials=provider):
        with pytest.raises(wool.SerializationError, match="leads to a private key"):
            await repeated({"secret": provider})
