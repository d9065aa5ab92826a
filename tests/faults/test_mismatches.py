"""Client and worker of different versions part with a reason."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from dialling import HELLO, stranger
from fault_routines import echo

import wool
from wool.testing import FakeWorker
from wool_common import frames as f
from wool_common.metadata import PROTOCOL, PYTHON


@pytest.mark.parametrize(
    ("hello", "words"),
    [
        (HELLO._replace(python="2.7"), ("Python 2.7", f"Python {PYTHON}", "minor versions")),
        (HELLO._replace(protocol=99, version="9.9"), ("protocol 99", "client 9.9", "same version")),
    ],
)
async def test_a_worker_turns_another_version_away(hello: f.Hello, words: tuple[str, ...]) -> None:
    """The worker says which version differs and what to do, ends the session and lives on."""
    async with wool.LocalWorker() as worker:
        address = str(worker.address)
        async with stranger(address, hello=None) as client:
            await client.say(hello)
            answer = await client.hear()

            assert isinstance(answer, f.Turned)
            assert all(word in answer.details for word in words), answer.details
            assert await client.end() == (grpc.StatusCode.OK, "")
        async with stranger(address):
            pass


@pytest.mark.parametrize(
    ("python", "protocol", "words"),
    [("2.7", PROTOCOL, "2.7"), (PYTHON, 99, "99")],
)
async def test_a_client_that_is_turned_away_says_why(
    python: str, protocol: int, words: str
) -> None:
    """A pool in which nobody fits says so at once, with each worker's reason."""
    other = FakeWorker(python=python, protocol=protocol)
    async with wool.WorkerPool(size=1, worker=lambda *_: other) as pool:
        assert pool.workers == ()

        async with asyncio.timeout(5):
            with pytest.raises(wool.NoWorkersAvailable, match="turned this client away") as caught:
                await echo(1)

    (attempt,) = caught.value.attempts
    assert words in attempt.reason
    assert attempt.worker == other.uid


async def test_those_that_fit_do_the_work() -> None:
    """A pool with one worker that does not fit uses the other."""
    workers = iter([FakeWorker(python="2.7"), wool.LocalWorker()])
    async with wool.WorkerPool(size=2, worker=lambda *_: next(workers)) as pool:
        assert len(pool.workers) == 1
        assert [await echo(n) for n in range(4)] == [0, 1, 2, 3]
