"""Announce workers to the processes of this user on this machine."""

from __future__ import annotations

import os

from wool_common.discovery.local_folder import Folder
from wool_common.discovery.local_publishers import SUFFIX, hold, new_publisher
from wool_common.discovery.local_records import (
    RecordName,
    files_of,
    packed,
    remove_file,
    worker_name,
    write_record,
)
from wool_common.errors import DiscoveryError
from wool_common.metadata import WorkerId, WorkerMetadata


class Announcements:
    """
    What one publisher says in a namespace, until it is closed or its process ends.

    Raises:
        DiscoveryError: the namespace belongs to somebody else, or cannot be written to.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._records: dict[str, bytes] = {}
        self._name, self._directory, self._lock = self._settled()

    def write(self, worker: WorkerMetadata) -> None:
        """Announce *worker*, or what it says about itself now."""
        name, content = worker_name(worker.uid), packed(worker)
        self._records[name] = content
        try:
            try:
                write_record(self._directory, RecordName(name, self._name), content)
            except FileNotFoundError:
                self._begin_again()
        except OSError as exc:
            raise DiscoveryError(
                f"{worker.uid} cannot be announced in {self._folder.path}: {exc.strerror}"
            ) from exc

    def remove(self, uid: WorkerId) -> None:
        """Withdraw that worker; one that was announced elsewhere alone is withdrawn there."""
        name = worker_name(uid)
        if self._records.pop(name, None) is not None:
            remove_file(self._directory, str(RecordName(name, self._name)))
            return
        for file in files_of(self._directory):
            if file.startswith(f"{name}."):
                remove_file(self._directory, file)

    def close(self) -> None:
        """Withdraw everything."""
        for name in self._records:
            remove_file(self._directory, str(RecordName(name, self._name)))
        self._records.clear()
        remove_file(self._directory, f"{self._name}{SUFFIX}")
        self._let_go()
        self._folder.remove()

    def _settled(self) -> tuple[str, int, int]:
        """Return a name, with descriptors of the directory and of the file that shows it lives."""
        name = new_publisher()
        while True:
            directory = self._folder.open(create=True)
            if directory is None:
                continue  # somebody who left has just removed it
            try:
                return name, directory, hold(directory, name)
            except FileNotFoundError:
                os.close(directory)
            except OSError as exc:
                os.close(directory)
                raise DiscoveryError(
                    f"{self._folder.path} cannot be written to: {exc.strerror}"
                ) from exc

    def _begin_again(self) -> None:
        """Announce everything anew, where somebody has removed the directory."""
        settled = self._settled()
        self._let_go()  # only now: where that fails, there is still something to close
        self._name, self._directory, self._lock = settled
        for name, content in self._records.items():
            write_record(self._directory, RecordName(name, self._name), content)

    def _let_go(self) -> None:
        os.close(self._lock)
        os.close(self._directory)
