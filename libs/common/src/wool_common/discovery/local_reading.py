"""Read what is announced in a namespace."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Iterator
from typing import Final

from wool_common.discovery.following import Board
from wool_common.discovery.local_folder import Folder
from wool_common.discovery.local_publishers import SUFFIX, bury, lives, publisher_of
from wool_common.discovery.local_records import (
    Record,
    RecordName,
    Stamp,
    files_of,
    read_record,
    stamp_of,
)
from wool_common.metadata import WorkerMetadata

log: Final = logging.getLogger("wool")

UNSETTLED: Final = 0.1
"""Seconds after a change in which another could bear the same time."""

DISTRUST: Final = 5.0
"""Seconds after which the directory is read though it seems unchanged: clocks are set."""

PROBES: Final = 32
"""How many publishers are looked after at a time."""


class Reading:
    """
    What this process knows of one namespace, told to a *board*.

    Raises:
        DiscoveryError: the namespace belongs to somebody else.
    """

    def __init__(self, folder: Folder, board: Board) -> None:
        self._folder = folder
        self._board = board
        self._directory: int | None = None
        self._identity: tuple[int, int] | None = None
        self._modified = 0
        self._read_at = 0.0
        self._records: dict[RecordName, Record] = {}
        self._publishers: deque[str] = deque()

    def refresh(self) -> None:
        """Bring the board up to date; costs little where nothing has changed."""
        found = self._folder.look()
        identity = (found.st_dev, found.st_ino) if found else None
        if identity != self._identity:
            self.close()
            self._directory = self._folder.open() if found else None
            if self._directory is not None:
                found = os.fstat(self._directory)
                self._identity = (found.st_dev, found.st_ino)
        if found is None or self._directory is None:
            self._board.replace(())
            return

        changed = False
        if self._is_due(found.st_mtime_ns):
            self._modified, self._read_at = found.st_mtime_ns, time.monotonic()
            changed = self._read(self._directory)
        if self._bury_dead(self._directory, PROBES) or changed:
            self._board.replace(self._newest())

    def close(self) -> None:
        """Forget everything."""
        if self._directory is not None:
            os.close(self._directory)
        self._directory = self._identity = None
        self._modified = 0
        self._records.clear()
        self._publishers.clear()

    def _is_due(self, modified: int) -> bool:
        return (
            modified != self._modified
            or time.time_ns() - modified < UNSETTLED * 1e9
            or time.monotonic() - self._read_at > DISTRUST
        )

    def _read(self, directory: int) -> bool:
        """Read what is new; return whether anything is."""
        before = dict(self._records)
        seen = dict(_stamps(directory))
        for name in [name for name in self._records if name not in seen]:
            # A record that is replaced while the directory is listed may not be in the list.
            if not _exists(directory, str(name)):
                del self._records[name]
        for name, stamp in seen.items():
            known = self._records.get(name)
            if known is None or known.stamp != stamp:
                self._take_in(directory, name)
        self._meet_publishers(directory)
        return self._records != before

    def _take_in(self, directory: int, name: RecordName) -> None:
        record = read_record(directory, name)
        if record is None:
            self._records.pop(name, None)
            return
        if record.worker is None:
            log.warning("the record %s in %s cannot be read", name, self._folder.path)
        self._records[name] = record

    def _meet_publishers(self, directory: int) -> None:
        """Look after those publishers first who are new, before anybody hears of their workers."""
        known = set(self._publishers)
        present = dict.fromkeys(name.publisher for name in self._records)
        new = [publisher for publisher in present if publisher not in known]
        self._publishers = deque([*new, *(p for p in self._publishers if p in present)])
        self._bury_dead(directory, len(new))

    def _bury_dead(self, directory: int, most: int) -> bool:
        """Look after some publishers in turn; return whether any of them is dead."""
        dead: set[str] = set()
        for _ in range(min(most, len(self._publishers))):
            publisher = self._publishers.popleft()
            if lives(directory, publisher):
                self._publishers.append(publisher)
            else:
                dead.add(publisher)
                bury(directory, publisher)
        for name in [name for name in self._records if name.publisher in dead] if dead else ():
            del self._records[name]
        return bool(dead)

    def _newest(self) -> Iterator[WorkerMetadata]:
        """Yield each worker once: of several publishers the last word counts."""
        newest: dict[str, tuple[Stamp, WorkerMetadata]] = {}
        for name, (stamp, worker) in self._records.items():
            if worker is None:
                continue
            known = newest.get(name.worker)
            if known is None or known[0] < stamp:
                newest[name.worker] = stamp, worker
        return (worker for _, worker in newest.values())


def _stamps(directory: int) -> Iterator[tuple[RecordName, Stamp]]:
    for file in files_of(directory):
        worker, _, publisher = file.partition(".")
        if not worker or file.endswith(SUFFIX) or publisher_of(file) != publisher:
            continue
        try:
            found = os.stat(file, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            continue
        yield RecordName(worker, publisher), stamp_of(found)


def _exists(directory: int, file: str) -> bool:
    try:
        os.stat(file, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
