"""Workers that are known by a name in their certificate, not by where they are."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from authority import Authority, write
from secured_programs import Program, served
from security_routines import pid, pids

import wool

WORKER = "wool-worker"


def client(ours: Authority, identity: str | None = WORKER) -> wool.WorkerCredentials:
    """Return what an application shows, which looks for *identity*."""
    return replace(ours.issue("client.example"), identity=identity)


@pytest.mark.parametrize("host", [None, "127.0.0.1", "localhost"])
async def test_no_address_need_be_in_a_certificate(ours: Authority, host: str | None) -> None:
    """One name serves every worker, wherever it listens."""
    worker = partial(wool.LocalWorker, host=host, credentials=ours.issue(WORKER))

    async with wool.WorkerPool(size=1, worker=worker, credentials=client(ours)):
        assert await pid()


async def test_one_name_among_several_will_do(ours: Authority) -> None:
    """The certificate may bear other names before it."""
    worker = partial(wool.LocalWorker, credentials=ours.issue("other.example", WORKER))

    async with wool.WorkerPool(size=1, worker=worker, credentials=client(ours)):
        assert await pid()


async def test_an_address_in_the_certificate_does_not_help(ours: Authority) -> None:
    """Who asks for an identity takes no other certificate of the authority for it."""
    worker = partial(wool.LocalWorker, host="127.0.0.1", credentials=ours.issue("127.0.0.1"))

    async with wool.WorkerPool(size=1, worker=worker, credentials=client(ours)):
        with pytest.raises(wool.NoWorkersAvailable, match="is not for wool-worker"):
            await pid()


async def test_workers_know_one_another_by_identity(
    ours: Authority, environ: dict[str, str], tmp_path: Path
) -> None:
    """`--identity` is to workers what `identity` is to applications."""
    files = write(ours.issue(WORKER), tmp_path)
    flags = ("--port", "0", *files, "--identity", WORKER)

    async with served(environ, *flags) as one, served(environ, *flags) as other:
        places = iter([one, other])
        async with wool.WorkerPool(
            size=2,
            worker=lambda *tags: Program(*tags, told=next(places)),
            credentials=client(ours),
        ):
            here, there = await pids(2)

    assert here in there
    assert len(there) == 2
