"""Pools whose workers and clients speak TLS."""

from __future__ import annotations

import socket
from functools import partial
from typing import Any

import pytest
from authority import NAME, Authority
from security_routines import count, pid, pids, repeated, size

import wool


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


WAYS = [
    pytest.param(wool.LocalWorker, id="socket"),
    pytest.param(partial(wool.LocalWorker, host="127.0.0.1"), id="ipv4"),
    pytest.param(
        partial(wool.LocalWorker, host="::1"),
        id="ipv6",
        marks=pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6"),
    ),
    pytest.param(partial(wool.LocalWorker, host="localhost"), id="name"),
]
NAMES = (NAME, "127.0.0.1", "::1", "localhost")


@pytest.mark.parametrize("worker", WAYS)
@pytest.mark.parametrize("mutual", [True, False])
async def test_routines_run_over_tls(
    ours: Authority, worker: type[wool.LocalWorker], mutual: bool
) -> None:
    """Calls, streams, large values and nested calls pass, whatever way the workers listen."""
    credentials = ours.issue(*NAMES, mutual=mutual)

    async with wool.WorkerPool(size=2, worker=worker, credentials=credentials) as pool:
        assert [w.secure for w in pool.workers] == [True, True]
        assert [number async for number in count(3)] == [0, 1, 2]
        assert await size(bytes(1 << 20)) == 1 << 20
        here, there = await pids(2)

    assert here in there


@pytest.mark.parametrize("names", [("127.0.0.1",), ("*.example",), ("a.example", "b.example")])
async def test_any_first_name_will_do_on_a_socket(ours: Authority, names: tuple[str, ...]) -> None:
    """A path is in no certificate, so that of the pool says what is looked for."""
    async with wool.WorkerPool(size=1, credentials=ours.issue(*names)):
        assert await pid()


async def test_two_certificates_with_one_first_name_go_together(ours: Authority) -> None:
    """Worker and pool need not share a key."""
    worker = partial(wool.LocalWorker, credentials=ours.issue("other.example", NAME))

    async with wool.WorkerPool(size=1, worker=worker, credentials=ours.issue(NAME)) as pool:
        assert pool.workers[0].secure
        assert await pid()


@pytest.mark.parametrize("keyword", ["credentials", "kwargs"])
async def test_factories_are_offered_the_credentials(ours: Authority, keyword: str) -> None:
    """A factory that names them, or takes any keyword, gets those of the pool."""
    given: list[object] = []

    def by_name(*tags: str, credentials: wool.WorkerCredentials | None = None) -> wool.LocalWorker:
        given.append(credentials)
        return wool.LocalWorker(*tags, credentials=credentials)

    def by_kwargs(*tags: str, **offered: Any) -> wool.LocalWorker:
        given.append(offered["credentials"])
        return wool.LocalWorker(*tags, **offered)

    credentials = ours.issue()
    worker = by_name if keyword == "credentials" else by_kwargs
    async with wool.WorkerPool(size=1, worker=worker, credentials=credentials):
        assert await pid()

    assert given == [credentials]


async def test_credentials_are_not_sent_with_values(ours: Authority) -> None:
    """A private key does not leave by mistake."""
    credentials = ours.issue()

    async with wool.WorkerPool(size=1, credentials=credentials):
        with pytest.raises(wool.SerializationError, match="hold a private key"):
            await repeated({"secret": credentials})


def test_key_of_another_certificate_is_told_at_once(ours: Authority) -> None:
    """No worker could serve with it, and no client be recognised."""
    good, other = ours.issue(), ours.issue()

    with pytest.raises(ValueError, match=r"^worker_key holds a key that does not belong"):
        wool.WorkerCredentials(good.ca_cert, other.worker_key, good.worker_cert)
