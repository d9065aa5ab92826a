"""Prepare what mistakes are made with."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from mistake import Names

import wool
from wool.cli.certificate_folder import CertificateFolder, Request
from wool.cli.certs import EVERYWHERE, PAIRS
from wool.cli.issuing import Authority, Pair

LONG_AGO: Final = datetime(2021, 1, 1, tzinfo=UTC)


def write_files(folder: Path) -> None:
    """Put into *folder* what mistakes are made with."""
    for name in ("ours", "theirs"):
        request = Request(pairs=PAIRS, names=EVERYWHERE, days=365)
        CertificateFolder(folder / name).fill(request)
    ours = folder / "ours"
    authority = Authority.read(_pair(ours / "ca.pem", ours / "ca-key.pem"))
    old = authority.issue("worker", EVERYWHERE, days=1, now=LONG_AGO)
    (folder / "old.pem").write_bytes(old.certificate)
    (folder / "old-key.pem").write_bytes(old.key)
    (folder / "locked-key.pem").write_bytes(_locked((ours / "worker-key.pem").read_bytes()))
    whole = (ours / "worker.pem").read_bytes()
    (folder / "half.pem").write_bytes(whole[: len(whole) // 2])
    (folder / "words.txt").write_text("a few words\n")


@asynccontextmanager
async def one_worker() -> AsyncGenerator[Names]:
    """Have a pool of one worker open, and a module that no worker finds."""
    Path("elsewhere").mkdir(exist_ok=True)
    Path("elsewhere/not_on_workers.py").write_text("class Thing: pass\n")
    sys.path.insert(0, "elsewhere")
    import not_on_workers  # pyright: ignore[reportMissingImports]

    sys.path.remove("elsewhere")
    async with wool.WorkerPool("cpu", size=1) as pool:
        yield {"pool": pool, "strange": not_on_workers}


@asynccontextmanager
async def taken_port() -> AsyncGenerator[Names]:
    """Have a port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield {"taken": listener.getsockname()[1]}


@asynccontextmanager
async def several_workers() -> AsyncGenerator[Names]:
    """Have a worker with certificates, and one without."""
    credentials = wool.WorkerCredentials.from_files(
        "ours/ca.pem", "ours/worker-key.pem", "ours/worker.pem"
    )
    async with wool.LocalWorker() as plain, wool.LocalWorker(credentials=credentials) as secure:
        yield {"open": plain, "secure": secure}


def _pair(certificate: Path, key: Path) -> Pair:
    return Pair(certificate=certificate.read_bytes(), key=key.read_bytes())


def _locked(key: bytes) -> bytes:
    return serialization.load_pem_private_key(key, password=None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    )
