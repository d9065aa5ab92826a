"""Servers and channels whose credentials change."""

from __future__ import annotations

import logging
from typing import Any, cast

import grpc.aio
import pytest
import trustme
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from wool_common.channels import channel, server, server_credentials
from wool_common.credentials import WorkerCredentials

SECONDS = 10


def issued(authority: trustme.CA, mutual: bool = True) -> WorkerCredentials:
    leaf = authority.issue_cert("127.0.0.1")
    chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems)
    ca, key = authority.cert_pem.bytes(), leaf.private_key_pem.bytes()
    return WorkerCredentials(ca, key, chain, mutual)


class Provider:
    """Provides what a test puts there, and fails where that is nothing."""

    def __init__(self, first: WorkerCredentials) -> None:
        self.now: WorkerCredentials | None = first

    def current(self) -> WorkerCredentials:
        if self.now is None:
            raise RuntimeError("the vault is sealed")
        return self.now


async def listening(provider: Provider) -> tuple[grpc.aio.Server, str]:
    made = server()
    cast(Any, health_pb2_grpc).add_HealthServicer_to_server(
        cast(Any, health).aio.HealthServicer(), made
    )
    port = made.add_secure_port("127.0.0.1:0", server_credentials(provider))
    await made.start()
    return made, f"127.0.0.1:{port}"


async def answered(address: str, credentials: WorkerCredentials) -> bool:
    """Tell whether a new client with *credentials* is answered."""
    async with channel(address, credentials) as dialled:
        stub = cast(Any, health_pb2_grpc).HealthStub(dialled)
        call = stub.Check(cast(Any, health_pb2).HealthCheckRequest(), timeout=SECONDS)
        code = await call.code()
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE)
    return code is grpc.StatusCode.OK


async def test_server_shows_what_its_provider_has_now() -> None:
    """Each new connection meets the newest certificate and authority."""
    one, other = trustme.CA(), trustme.CA()
    provider = Provider(issued(one))
    serving, address = await listening(provider)
    try:
        assert await answered(address, issued(one))
        assert not await answered(address, issued(other))

        provider.now = issued(other)

        assert await answered(address, issued(other))
        assert not await answered(address, issued(one))
    finally:
        await serving.stop(None)


async def test_server_goes_on_when_its_provider_fails(caplog: pytest.LogCaptureFixture) -> None:
    """What was shown before is shown again, and the log says what was wrong."""
    authority = trustme.CA()
    provider = Provider(issued(authority))
    serving, address = await listening(provider)
    try:
        provider.now = None

        with caplog.at_level(logging.ERROR, "wool"):
            assert await answered(address, issued(authority))
    finally:
        await serving.stop(None)
    assert caplog.messages == ["credentials cannot be asked for; the former ones stay in use"]
    assert "the vault is sealed" in caplog.text


async def test_strangers_stay_outside_whatever_the_provider_says() -> None:
    """A server that asks for certificates cannot be talked out of it while it serves."""
    authority = trustme.CA()
    provider = Provider(issued(authority))
    serving, address = await listening(provider)
    try:
        provider.now = issued(authority, mutual=False)

        assert not await answered(address, issued(authority, mutual=False))
        assert await answered(address, issued(authority))
    finally:
        await serving.stop(None)
