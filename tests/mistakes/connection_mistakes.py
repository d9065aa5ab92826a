"""Dial where no worker is that could be used."""

from __future__ import annotations

from mistake import Area, wrong
from settings import several_workers

CONNECTIONS = Area(
    title="Connecting",
    words="""\
`open` and `secure` are workers that run; the second has the certificates in `ours`.""",
    given="""\
from wool.runtime.worker.connection import WorkerConnection
from wool.testing import FakeWorker

THEIRS = ("theirs/ca.pem", "theirs/client-key.pem", "theirs/client.pem")
""",
    setting=several_workers,
    mistakes=(
        wrong(
            "a target without a port",
            'WorkerConnection("localhost")',
            "ValueError",
            "target 'localhost' cannot be dialled: it has no port; give 'host:port'",
        ),
        wrong(
            "a URL",
            'WorkerConnection("http://localhost:50051")',
            "ValueError",
            "target 'http://localhost:50051' cannot be dialled",
        ),
        wrong(
            "a target that is no text",
            "WorkerConnection(50051)",
            "TypeError",
            "target is the address of a worker",
            "50051",
        ),
        wrong(
            "none at a time",
            'WorkerConnection("localhost:50051", limit=0)',
            "ValueError",
            "limit must be 1 or more tasks, not 0",
        ),
        wrong(
            "nobody is there",
            'await WorkerConnection("unix:nobody.sock").describe()',
            "TransientRpcError",
            "nobody.sock",
        ),
        wrong(
            "nobody is there, and a pool is to use them",
            'async with wool.WorkerPool(discovery=wool.StaticDiscovery("unix:nobody.sock"), quorum_timeout=0.5): await add(1, 2)',
            "NoWorkersAvailable",
            "0.5 s: StaticDiscovery('unix:nobody.sock') has found none",
        ),
        wrong(
            "a worker with certificates, a client without",
            "await WorkerConnection(secure.address).describe()",
            "HandshakeError",
            "this side has no credentials: give credentials=WorkerCredentials.from_files(...)",
        ),
        wrong(
            "a worker without certificates, a client with",
            "await WorkerConnection(open.address, credentials=from_files(*OURS)).describe()",
            "HandshakeError",
            "the worker does not speak TLS",
            "start it with --cert, --key and --ca, or leave the credentials out",
        ),
        wrong(
            "another authority",
            "await WorkerConnection(secure.address, credentials=from_files(*THEIRS)).describe()",
            "HandshakeError",
            "not of the authority that this side trusts",
            "give both sides the same ca_path",
        ),
        wrong(
            "a certificate of another authority",
            'await WorkerConnection(secure.address, credentials=from_files("ours/ca.pem", *THEIRS[1:])).describe()',
            "HandshakeError",
            "it does not accept this side's certificate",
            "give both sides the same one",
        ),
        wrong(
            "no certificate is shown where one is asked for",
            "await WorkerConnection(secure.address, credentials=from_files(*OURS, mutual=False)).describe()",
            "HandshakeError",
            "it asks for a certificate, and with mutual=False this side shows none",
        ),
        wrong(
            "another identity",
            'await WorkerConnection(secure.address, credentials=from_files(*OURS, identity="render")).describe()',
            "HandshakeError",
            "the worker's certificate is not for render, the identity in this side's credentials",
        ),
        wrong(
            "another Python",
            'async with wool.WorkerPool(size=1, worker=lambda *tags: FakeWorker(*tags, python="2.7")): await add(1, 2)',
            "NoWorkersAvailable",
            "turned this client away",
            "the worker Python 2.7",
            "run both on the same one",
        ),
        wrong(
            "another version of the protocol",
            'async with wool.WorkerPool(size=1, worker=lambda *tags: FakeWorker(*tags, protocol=99, version="9.9")): await add(1, 2)',
            "NoWorkersAvailable",
            "turned this client away",
            "the worker 99",
            "install the same version of wool on both",
        ),
    ),
)
