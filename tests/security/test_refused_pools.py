"""Pools that cannot agree on TLS with their workers say so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from authority import NAME, Authority
from security_routines import pid

import wool
from wool.testing import FakeWorker

Make = Callable[[Authority, Authority], wool.WorkerCredentials | None]

NO_CREDENTIALS = (
    "the worker hung up at once, as one does that speaks TLS, and this side has no credentials:"
    " give credentials=WorkerCredentials.from_files(...)"
)
REFUSED: list[tuple[str, Make, Make, str]] = [
    (
        "no credentials, worker with",
        lambda ours, theirs: None,
        lambda ours, theirs: ours.issue(),
        NO_CREDENTIALS,
    ),
    (
        "no credentials, worker with one-way",
        lambda ours, theirs: None,
        lambda ours, theirs: ours.issue(mutual=False),
        NO_CREDENTIALS,
    ),
    (
        "credentials, worker without",
        lambda ours, theirs: ours.issue(),
        lambda ours, theirs: None,
        "the worker does not speak TLS, and this side has credentials: start it with --cert,"
        " --key and --ca, or leave the credentials out",
    ),
    (
        "worker of another authority",
        lambda ours, theirs: ours.issue(),
        lambda ours, theirs: theirs.issue(),
        "the worker's certificate is not of the authority that this side trusts: give both sides"
        " the same ca_path",
    ),
    (
        "worker expired",
        lambda ours, theirs: ours.issue(),
        lambda ours, theirs: ours.issue(expired=True),
        "the worker's certificate has expired, or that of its authority: issue another one",
    ),
    (
        "worker not valid yet",
        lambda ours, theirs: ours.issue(),
        lambda ours, theirs: ours.issue(future=True),
        "the worker's certificate is not valid yet: compare the clocks of both machines",
    ),
    (
        "worker of another name",
        lambda ours, theirs: ours.issue(NAME),
        lambda ours, theirs: ours.issue("other.example"),
        "the worker's certificate is not for worker.example, the name in this side's own, which a"
        " worker on a Unix socket must have: give the credentials identity= a name it bears",
    ),
    (
        "worker of another identity",
        lambda ours, theirs: replace(ours.issue(NAME), identity="wool-worker"),
        lambda ours, theirs: ours.issue(NAME),
        "the worker's certificate is not for wool-worker, the identity in this side's credentials",
    ),
    (
        "client without a certificate",
        lambda ours, theirs: ours.issue(mutual=False),
        lambda ours, theirs: ours.issue(),
        "the worker hung up during the TLS handshake: it asks for a certificate, and with"
        " mutual=False this side shows none",
    ),
    (
        "client of another authority",
        lambda ours, theirs: theirs.issue(trusts=ours),
        lambda ours, theirs: ours.issue(),
        "the worker hung up during the TLS handshake: it does not accept this side's certificate,"
        " which may be of another authority than the worker's --ca: give both sides the same one",
    ),
    (
        "client expired",
        lambda ours, theirs: ours.issue(expired=True),
        lambda ours, theirs: ours.issue(),
        "the worker hung up during the TLS handshake: this side's certificate has expired on"
        " 2021-01-01 00:00 UTC: issue another one",
    ),
]


@pytest.mark.parametrize(
    ("client", "worker", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_refusal_is_told_in_plain_words(
    ours: Authority, theirs: Authority, client: Make, worker: Make, reason: str
) -> None:
    """Nothing runs, nobody waits for long, and the attempt says what does not fit."""
    factory = partial(wool.LocalWorker, credentials=worker(ours, theirs))

    async with (
        wool.WorkerPool(size=1, worker=factory, credentials=client(ours, theirs)) as pool,
        asyncio.timeout(10),
    ):
        assert pool.workers == ()
        with pytest.raises(wool.NoWorkersAvailable) as caught:
            await pid()

    assert [attempt.reason for attempt in caught.value.attempts] == [reason]


async def test_name_dialled_must_be_in_the_certificate(ours: Authority) -> None:
    """Over TCP the certificate must name the very host."""
    factory = partial(wool.LocalWorker, host="127.0.0.1")

    async with wool.WorkerPool(size=1, worker=factory, credentials=ours.issue("localhost")):
        with pytest.raises(wool.NoWorkersAvailable) as caught:
            await pid()

    assert caught.value.attempts[0].reason == (
        "the worker's certificate is not for 127.0.0.1: issue one that is, or give the credentials"
        " identity= a name it bears"
    )


async def test_factory_that_takes_no_credentials_makes_workers_that_are_not_used(
    ours: Authority,
) -> None:
    """A pool with credentials speaks to nobody in the clear."""
    workers: list[FakeWorker] = []

    def plain(*tags: str) -> FakeWorker:
        workers.append(FakeWorker(*tags))
        return workers[-1]

    async with wool.WorkerPool(size=1, worker=plain, credentials=ours.issue()):
        with pytest.raises(wool.NoWorkersAvailable, match="does not speak TLS"):
            await pid()

    assert workers[0].tasks == []


async def test_those_that_fit_do_the_work(ours: Authority, theirs: Authority) -> None:
    """A worker that cannot be trusted is left out."""
    kinds = iter([ours.issue(), theirs.issue()])

    async with wool.WorkerPool(
        size=2,
        worker=lambda *tags: wool.LocalWorker(*tags, credentials=next(kinds)),
        credentials=ours.issue(),
    ) as pool:
        assert len(pool.workers) == 1
        assert len({await pid() for _ in range(4)}) == 1


@pytest.mark.parametrize("wrong", ["creds", b"key", 7, object(), wool.WorkerCredentials])
def test_what_is_no_credentials_is_refused(wrong: object) -> None:
    """The argument is named, its value is not shown."""
    for kind in (wool.WorkerPool, wool.LocalWorker):
        with pytest.raises(TypeError) as caught:
            kind(credentials=wrong)  # pyright: ignore[reportArgumentType, reportCallIssue]

        assert str(caught.value) == (
            "credentials must be WorkerCredentials or a WorkerCredentialsProvider, not"
            f" {type(wrong).__name__}"
        )
