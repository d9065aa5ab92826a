"""Whether a worker answers where one should be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trustme
from describing_workers import worker

from wool_common.credentials import WorkerCredentials
from wool_common.metadata import WorkerId, WorkerMetadata
from wool_discovery_docker.verifier import Place, Verifier


class Heard:
    """What a verifier has told."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[str, WorkerId | None]] = asyncio.Queue()

    def tell(self, key: str, found: WorkerMetadata | None) -> None:
        self.queue.put_nowait((key, None if found is None else found.uid))

    async def next(self) -> tuple[str, WorkerId | None]:
        async with asyncio.timeout(10):
            return await self.queue.get()


@asynccontextmanager
async def verifying(
    credentials: WorkerCredentials | None = None,
) -> AsyncGenerator[tuple[Verifier, Heard]]:
    heard = Heard()
    verifier = Verifier(heard.tell, credentials)
    try:
        yield verifier, heard
    finally:
        await verifier.aclose()


def place(*addresses: str, key: str = "x") -> Place:
    return Place(key=key, name=key, addresses=addresses)


async def test_one_who_begins_to_answer_is_told() -> None:
    """It is asked again until it does, and no longer counted as undecided meanwhile."""
    async with verifying() as (verifier, heard), worker("a") as a:
        port = a.port
        verifier.watch(place(f"127.0.0.7:{port}"))
        async with asyncio.timeout(10):
            await verifier.decided()
        assert "127.0.0.7" in verifier.problem("x")
        assert verifier.worker("x") is None
        async with worker("b", "127.0.0.7", port):
            assert await heard.next() == ("x", "b")
            assert verifier.problem("x") == ""


async def test_a_drain_is_an_end() -> None:
    """Who drains takes no tasks; who goes on again does."""
    async with verifying() as (verifier, heard), worker("a") as a:
        verifier.watch(place(a.metadata.address))
        assert await heard.next() == ("x", "a")
        a.draining = True
        assert await heard.next() == ("x", None)
        a.draining = False
        assert await heard.next() == ("x", "a")


async def test_new_addresses_leave_who_answers_there() -> None:
    """Watching anew asks anew; nobody hears of a drop where the same worker answers."""
    async with verifying() as (verifier, heard), worker("a", "0.0.0.0") as a:
        verifier.watch(place(f"127.0.0.2:{a.port}"))
        assert await heard.next() == ("x", "a")
        verifier.watch(place(f"127.0.0.3:{a.port}"))
        async with asyncio.timeout(10):
            await verifier.decided()
        assert await heard.next() == ("x", "a")
        assert verifier.worker("x") is not None


async def test_to_forget_is_a_drop() -> None:
    """What is watched no more is told of once more, where somebody answered."""
    async with verifying() as (verifier, heard), worker("a") as a:
        verifier.watch(place(a.metadata.address))
        verifier.watch(place("127.0.0.7:1", key="y"))
        assert await heard.next() == ("x", "a")
        verifier.forget("x")
        verifier.forget("y")
        assert await heard.next() == ("x", None)
        assert heard.queue.empty()
        await verifier.decided()


async def test_a_place_without_address_is_decided() -> None:
    """There is nobody to ask."""
    async with verifying() as (verifier, heard):
        verifier.watch(place())
        async with asyncio.timeout(10):
            await verifier.decided()
        assert verifier.problem("x") == "it has no address"
        assert heard.queue.empty()


async def test_workers_are_asked_with_credentials() -> None:
    """A worker that speaks TLS counts where its certificate does."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.2")
    chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
    key = issued.private_key_pem.bytes()
    shown = WorkerCredentials(authority.cert_pem.bytes(), key, chain)
    async with (
        verifying(shown) as (verifier, heard),
        verifying() as (stranger, _),
        worker("a", credentials=shown) as a,
        worker("b", "127.0.0.3") as b,
    ):
        verifier.watch(place(a.metadata.address))
        assert await heard.next() == ("x", "a")
        verifier.watch(place(b.metadata.address, key="plain"))
        stranger.watch(place(a.metadata.address))
        async with asyncio.timeout(10):
            await verifier.decided()
            await stranger.decided()
        assert verifier.problem("plain")
        assert stranger.problem("x")
