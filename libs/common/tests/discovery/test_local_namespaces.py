"""A namespace of this machine is private, never torn, and clean once nobody uses it."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from wool_common.discovery.following import Board
from wool_common.discovery.local import LocalDiscovery
from wool_common.discovery.local_folder import Folder
from wool_common.discovery.local_reading import Reading
from wool_common.discovery.local_writing import Announcements
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerId, WorkerMetadata

ALICE: Final = WorkerMetadata(uid=WorkerId("alice"), address="unix:/a")
BOB: Final = WorkerMetadata(uid=WorkerId("bob/../\0"), address="unix:/b")
LIMIT: Final = 10.0

ORPHAN: Final = """
import os, sys
from wool_common.discovery.local_folder import Folder
from wool_common.discovery.local_writing import Announcements
from wool_common.metadata import WorkerId, WorkerMetadata

announcements = Announcements(Folder.of(sys.argv[1]))
announcements.write(WorkerMetadata(uid=WorkerId("orphan"), address="unix:/o"))
os._exit(0)
"""

FORKING: Final = """
import os, sys
from wool_common.discovery.local_folder import Folder
from wool_common.discovery.local_writing import Announcements
from wool_common.metadata import WorkerId, WorkerMetadata

announcements = Announcements(Folder.of(sys.argv[1]))
announcements.write(WorkerMetadata(uid=WorkerId("parent"), address="unix:/o"))
if os.fork():
    os._exit(0)
sys.stdin.read()
"""


@pytest.fixture
def namespace() -> Iterator[str]:
    """Return a namespace that nobody has used, which must be gone in the end."""
    name = f"test-{uuid4().hex}"
    yield name
    assert not Folder.of(name).path.exists()


def known_in(namespace: str) -> set[str]:
    """Return who is there at a first look."""
    board = Board()
    reading = Reading(Folder.of(namespace), board)
    reading.refresh()
    reading.close()
    return {worker.uid for worker in board.members}


async def test_only_this_user_may_enter(namespace: str) -> None:
    """The directory and its files are the user's alone."""
    async with LocalDiscovery(namespace) as discovery:
        await discovery.publisher.publish("worker-added", BOB)

        path = Folder.of(namespace).path
        assert path.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o077 for file in path.iterdir()} == {0}
        assert known_in(namespace) == {BOB.uid}


@pytest.mark.parametrize("mode", [0o701, 0o777])
async def test_a_directory_that_others_can_enter_is_refused(namespace: str, mode: int) -> None:
    """Publishers and subscribers say what is wrong."""
    path = Folder.of(namespace).path
    path.mkdir()
    path.chmod(mode)
    discovery = LocalDiscovery(namespace)

    with pytest.raises(DiscoveryError, match="others than you can enter"):
        await discovery.publisher.publish("worker-added", ALICE)
    with pytest.raises(DiscoveryError, match="others than you can enter"):
        await anext(aiter(discovery.subscriber))
    path.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
async def test_a_directory_of_somebody_else_is_refused(namespace: str) -> None:
    """Whoever was first with that name cannot have this user's workers, nor offer their own."""
    path = Folder.of(namespace).path
    path.mkdir(0o700)
    os.chown(path, 65534, 65534)

    with pytest.raises(DiscoveryError, match="belongs to another user"):
        await LocalDiscovery(namespace).publisher.publish("worker-added", ALICE)
    path.rmdir()


async def test_a_link_is_refused(namespace: str, tmp_path: Path) -> None:
    """A link in place of the directory leads nowhere."""
    path = Folder.of(namespace).path
    path.symlink_to(tmp_path)

    with pytest.raises(DiscoveryError, match="cannot be used"):
        await LocalDiscovery(namespace).publisher.publish("worker-added", ALICE)
    path.unlink()


@pytest.mark.parametrize("namespace", ["a/b", "..", "größe", "a b\0", "x" * 200])
async def test_any_text_names_a_namespace(namespace: str) -> None:
    """Names cannot lead out of the place where namespaces are kept."""
    async with LocalDiscovery(namespace) as discovery:
        await discovery.publisher.publish("worker-added", ALICE)
        assert known_in(namespace) == {"alice"}

    assert not Folder.of(namespace).path.exists()


@pytest.mark.parametrize(
    ("namespace", "error", "words"),
    [
        (7, TypeError, "namespace must be a string, not 7"),
        (b"ns", TypeError, "namespace must be a string"),
        ("", ValueError, "namespace must not be empty"),
        ("x" * 201, ValueError, "at most 200 characters"),
        ("\ud800", ValueError, "text that can be encoded"),
    ],
)
def test_other_names_are_refused(namespace: str, error: type[Exception], words: str) -> None:
    """The text names the argument."""
    with pytest.raises(error, match=words):
        LocalDiscovery(namespace)


async def test_a_private_namespace_crosses_by_its_name() -> None:
    """Without a name it is new, and a copy finds the same workers."""
    async with LocalDiscovery() as discovery:
        await discovery.publisher.publish("worker-added", ALICE)
        copy: LocalDiscovery = pickle.loads(pickle.dumps(discovery))

        assert discovery.namespace != LocalDiscovery().namespace
        async with aclosing(aiter(copy.subscriber)) as events:
            assert (await anext(events)).metadata == ALICE


async def test_the_first_to_enter_is_the_last_to_leave(namespace: str) -> None:
    """Entering again, as a pool does, withdraws nothing that is still wanted."""
    discovery = LocalDiscovery(namespace)
    async with discovery:
        async with discovery, discovery.publisher:
            await discovery.publisher.publish("worker-added", ALICE)
        assert known_in(namespace) == {"alice"}
    assert known_in(namespace) == set()


def test_the_last_word_counts(namespace: str) -> None:
    """Of two who announce one worker the later is believed; each takes back its own word."""
    folder, board = Folder.of(namespace), Board()
    one, two = Announcements(folder), Announcements(folder)
    reading = Reading(folder, board)
    one.write(ALICE)
    two.write(replace(ALICE, pid=2))
    reading.refresh()
    assert [worker.pid for worker in board.members] == [2]

    two.close()
    reading.refresh()
    assert [worker.pid for worker in board.members] == [0]

    three = Announcements(folder)
    three.remove(ALICE.uid)
    reading.refresh()
    assert board.members == ()
    reading.close()
    one.close()
    three.close()


def test_a_removed_directory_is_made_again(namespace: str) -> None:
    """What was announced is announced anew with the next word, and readers follow."""
    folder, board = Folder.of(namespace), Board()
    announcements, reading = Announcements(folder), Reading(folder, board)
    announcements.write(ALICE)
    reading.refresh()
    for file in folder.path.iterdir():
        file.unlink()
    folder.path.rmdir()
    reading.refresh()
    assert board.members == ()

    announcements.write(BOB)
    reading.refresh()

    assert {worker.uid for worker in board.members} == {ALICE.uid, BOB.uid}
    reading.close()
    announcements.close()


def test_a_directory_that_cannot_be_made_again_is_told_of(namespace: str) -> None:
    """The publisher can still be closed, once for all."""
    folder = Folder.of(namespace)
    announcements = Announcements(folder)
    for file in folder.path.iterdir():
        file.unlink()
    folder.path.rmdir()
    folder.path.write_text("in the way")

    for _ in range(2):
        with pytest.raises(DiscoveryError, match="cannot be made"):
            announcements.write(ALICE)
    announcements.close()

    folder.path.unlink()


@pytest.mark.parametrize("content", [b"", b"\xff\xff\xff", b"\n\x05alice"])
def test_a_spoilt_record_is_left_out(
    namespace: str, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The other workers are found; the log tells once."""
    folder, board = Folder.of(namespace), Board()
    announcements, reading = Announcements(folder), Reading(folder, board)
    announcements.write(BOB)
    (record,) = (file for file in folder.path.iterdir() if not file.name.endswith(".lock"))
    record.write_bytes(content)
    announcements.write(ALICE)

    reading.refresh()
    reading.refresh()

    assert board.members == (ALICE,)
    assert caplog.text.count("cannot be read") == 1
    reading.close()
    announcements.close()


def test_readers_never_see_a_torn_or_missing_record(namespace: str) -> None:
    """However often a record is replaced meanwhile, each look sees one whole version."""
    folder, board = Folder.of(namespace), Board()
    announcements, reading = Announcements(folder), Reading(folder, board)
    versions = [replace(ALICE, extra={"text": text}) for text in ("a", "b" * 9_000)]
    announcements.write(ALICE)
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            for version in versions:
                announcements.write(version)

    writing = threading.Thread(target=write)
    writing.start()
    for _ in range(500):
        reading.refresh()
        assert board.members[0] in (ALICE, *versions)
        assert len(board.members) == 1
    over.set()
    writing.join()
    reading.close()
    announcements.close()


def run(script: str, namespace: str) -> subprocess.Popen[bytes]:
    """Start *script* on *namespace*."""
    command = (sys.executable, "-c", script, namespace)
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def test_what_a_dead_process_left_is_never_told(namespace: str) -> None:
    """The first to look removes it."""
    with run(ORPHAN, namespace) as process:
        process.wait(LIMIT)
    assert any(Folder.of(namespace).path.iterdir())

    assert known_in(namespace) == set()
    Announcements(Folder.of(namespace)).close()


async def test_what_nobody_looks_at_is_swept(namespace: str) -> None:
    """Whoever publishes next, wherever, removes the namespaces of the dead."""
    with run(ORPHAN, namespace) as process:
        process.wait(LIMIT)

    async with LocalDiscovery() as discovery:
        await discovery.publisher.publish("worker-added", ALICE)

    assert not Folder.of(namespace).path.exists()


def test_a_forked_child_does_not_keep_its_parents_word(namespace: str) -> None:
    """A publisher is dead when its process is, though a copy of that lives on."""
    with run(FORKING, namespace) as process:
        process.wait(LIMIT)

        assert known_in(namespace) == set()
    Announcements(Folder.of(namespace)).close()


async def test_a_namespace_may_appear_and_vanish_under_a_reader(namespace: str) -> None:
    """A subscriber leaves no trace, and sees publishers come and go."""
    async with aclosing(aiter(LocalDiscovery(namespace).subscriber)) as events:
        for _ in range(3):
            reading = asyncio.ensure_future(anext(events))
            await asyncio.sleep(0)
            assert not Folder.of(namespace).path.exists()
            async with LocalDiscovery(namespace) as discovery, asyncio.timeout(LIMIT):
                await discovery.publisher.publish("worker-added", ALICE)
                assert (await reading).type == "worker-added"
            async with asyncio.timeout(LIMIT):
                assert (await anext(events)).type == "worker-dropped"
