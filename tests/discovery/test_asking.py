"""Discoveries that know addresses ask whoever is there, and believe nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from describing import Describing
from ways_of_discovery import Ear

import wool
from wool.runtime.discovery.base import DiscoveryEvent
from wool.runtime.discovery.dns import DnsDiscovery
from wool.runtime.discovery.static import StaticDiscovery
from wool.runtime.worker.describe import describe
from wool_common.errors import HandshakeError, RpcError, StatusCode, TransientRpcError
from wool_common.metadata import WorkerId, WorkerMetadata

ALICE = WorkerMetadata(uid=WorkerId("alice"), address="elsewhere:1")
BOB = WorkerMetadata(uid=WorkerId("bob"), address="elsewhere:2")

INTERVAL = 0.05


@pytest.fixture
def address() -> Iterator[str]:
    """Return an address at which nobody answers yet."""
    folder = Path(tempfile.mkdtemp(prefix="t-", dir="/tmp"))
    yield f"unix:{folder / 'w'}"
    shutil.rmtree(folder)


@asynccontextmanager
async def answering(worker: WorkerMetadata, address: str) -> AsyncGenerator[Describing]:
    """Have *worker* answer at *address*."""
    describing = Describing(worker)
    await describing.start(address)
    try:
        yield describing
    finally:
        await describing.stop()


@asynccontextmanager
async def heard(discovery: StaticDiscovery | DnsDiscovery) -> AsyncGenerator[Ear]:
    """Listen to *discovery*."""
    async with contextlib.aclosing(discovery.follow(None, None)) as events:
        yield Ear(events, 10.0)


async def test_a_worker_describes_itself() -> None:
    """A real one tells all there is, with the address that was dialled."""
    async with wool.WorkerPool("gpu", size=1) as pool:
        (worker,) = pool.workers

        told = await describe(worker.address)

    assert told.metadata == worker
    assert (told.load.active, told.draining) == (0, False)
    assert told.uptime > 0 <= told.idle
    assert {"python", "grpc", "protobuf", "wool"} <= told.versions.keys()


async def test_silence_is_a_transient_error(address: str) -> None:
    """It names the address."""
    with pytest.raises(TransientRpcError, match="unix:/tmp"):
        await describe(address, timeout=5.0)


async def test_one_that_does_not_answer_in_time_is_transient(address: str) -> None:
    """Who accepts connections and says nothing is given up after the limit."""
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(address.removeprefix("unix:"))
        mute.listen()

        with pytest.raises(TransientRpcError) as caught:
            await describe(address, timeout=0.1)

    assert caught.value.code in (StatusCode.DEADLINE_EXCEEDED, StatusCode.UNAVAILABLE)


async def test_one_without_a_name_is_no_worker(address: str) -> None:
    """Whatever else answers there is told apart."""
    async with answering(replace(ALICE, uid=WorkerId("")), address):
        with pytest.raises(RpcError, match="does not say which worker"):
            await describe(address)


async def test_a_worker_that_replaces_another_is_added(address: str) -> None:
    """The one before is dropped first."""
    async with heard(StaticDiscovery(address, interval=INTERVAL)) as ear:
        async with answering(ALICE, address) as describing:
            assert (await ear.next()).metadata == replace(ALICE, address=address)
            describing.worker = BOB

            assert (await ear.next()).type == "worker-dropped"
            event = await ear.next()

        assert event == DiscoveryEvent("worker-added", replace(BOB, address=address))


async def test_draining_workers_are_no_news(address: str) -> None:
    """One that is known stays, as its tasks still run; one that is not is about to end."""
    async with answering(ALICE, address) as describing:
        discovery = StaticDiscovery(address, interval=INTERVAL)
        async with heard(discovery) as known:
            await known.next()
            describing.draining = True
            describing.worker = replace(ALICE, pid=7)
            assert (await known.next()).type == "worker-updated"

            async with heard(discovery) as late:
                hearing = asyncio.ensure_future(late.next())
                describing.asked = asyncio.Semaphore(0)
                for _ in range(6):
                    await describing.asked.acquire()
                assert not hearing.done()
                describing.draining = False
                assert (await hearing).type == "worker-added"


async def test_a_name_is_resolved_by_the_system() -> None:
    """A name with IPv4 and IPv6 addresses leads to each worker once."""
    describing = Describing(ALICE)
    port = await describing.start("localhost:0")
    async with heard(DnsDiscovery("localhost", port, interval=INTERVAL)) as ear:
        event = await ear.next()

        assert event.metadata.uid == "alice"
        assert event.metadata.address in (f"127.0.0.1:{port}", f"[::1]:{port}")
    await describing.stop()


async def test_a_resolver_that_fails_changes_nothing(address: str) -> None:
    """Members stay until it answers again; an answer without them drops them at once."""
    said: list[str] | None = [address]

    async def resolve(name: str, port: int) -> list[str]:
        asked.release()
        if said is None:
            raise OSError("no resolver")
        return said

    asked = asyncio.Semaphore(0)
    discovery = DnsDiscovery("workers", interval=INTERVAL, resolve=resolve)
    async with answering(ALICE, address), heard(discovery) as ear:
        await ear.next()
        hearing = asyncio.ensure_future(ear.next())
        said = None
        for _ in range(10):
            await asked.acquire()
        assert not hearing.done()

        said = []

        assert (await hearing).type == "worker-dropped"


async def test_what_a_resolver_raises_otherwise_ends_the_iteration() -> None:
    """A defect in it is not taken for a failure to resolve."""

    async def resolve(name: str, port: int) -> list[str]:
        return ["no address:"]

    async with heard(DnsDiscovery("workers", resolve=resolve)) as ear:
        with pytest.raises(ValueError, match="is no address"):
            await ear.next()


def issued() -> wool.WorkerCredentials:
    """Return credentials of an authority of their own."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    return wool.WorkerCredentials(
        ca_cert=authority.cert_pem.bytes(),
        worker_key=certificate.private_key_pem.bytes(),
        worker_cert=certificate.cert_chain_pems[0].bytes(),
    )


async def test_its_own_credentials_come_before_the_pools() -> None:
    """A pool's serve where a discovery has none; without any, no secure worker is found."""
    right, wrong = issued(), issued()
    describing = Describing(ALICE)
    port = await describing.start("localhost:0", right)
    address = f"localhost:{port}"
    bare, own = StaticDiscovery(address), StaticDiscovery(address, credentials=right)

    for subscriber in (
        own.subscriber,
        own.subscriber.dialling(wrong),
        bare.subscriber.dialling(right),
    ):
        async with contextlib.aclosing(aiter(subscriber)) as events:
            assert (await Ear(events, 10.0).next()).metadata.uid == "alice"
    with pytest.raises(HandshakeError):
        await describe(address, wrong)
    with pytest.raises(HandshakeError):
        await describe(address)
    await describing.stop()
