"""Other users of the machine cannot reach a local worker."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

import wool
from wool.runtime.discovery.local import LocalDiscovery
from wool_common.discovery.local_folder import Folder
from wool_common.metadata import WorkerId

NOBODY = "65534"
DIAL = """
import os, socket, sys
if len(sys.argv) > 2:
    user = int(sys.argv[2])
    os.setgroups([])
    os.setgid(user)
    os.setuid(user)
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except OSError as exc:
    print(type(exc).__name__)
else:
    print("connected")
"""


def dial(path: str, *user: str) -> str:
    """Return what comes of connecting to *path* in a process, which first becomes *user*."""
    command = [sys.executable, "-c", DIAL, path, *user]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
async def test_another_user_is_turned_away() -> None:
    """Without any credentials, the file system keeps strangers out."""
    async with wool.LocalWorker() as worker:
        path = str(worker.address).removeprefix("unix:")

        assert dial(path) == "connected"
        assert dial(path, NOBODY) == "PermissionError"


async def test_directory_is_its_owners_alone() -> None:
    """Nobody else may enter the directory or list it."""
    async with wool.LocalWorker() as worker:
        folder = Path(str(worker.address).removeprefix("unix:")).parent

        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid == os.geteuid()


LOOK = """
import asyncio, os, sys
from pathlib import Path
from wool.runtime.discovery.local import LocalDiscovery

namespace, folder, user = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.setgroups([])
os.setgid(user)
os.setuid(user)
for attempt in (os.listdir, lambda path: Path(path, "ghost").touch(), os.rmdir):
    try:
        attempt(folder)
    except OSError as exc:
        print(type(exc).__name__)

async def look():
    subscriber = LocalDiscovery(namespace).subscriber
    async with asyncio.timeout(0.3):
        async for event in subscriber:
            print(event)

try:
    asyncio.run(look())
except TimeoutError:
    print("nobody there")
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
async def test_another_user_finds_no_worker() -> None:
    """What a user's workers announce on a machine is neither read nor changed by others."""
    namespace = f"private-{uuid4()}"
    async with LocalDiscovery(namespace).publisher as publisher:
        worker = wool.WorkerMetadata(uid=WorkerId("w"), address="unix:/w")
        await publisher.publish("worker-added", worker)
        command = [sys.executable, "-c", LOOK, namespace, str(Folder.of(namespace).path), NOBODY]

        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)

    assert done.stdout.splitlines() == [*["PermissionError"] * 3, "nobody there"]
