"""Read and write one worker's record in a namespace."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

from google.protobuf.message import DecodeError

from wool_common.convert_values import pack_metadata, unpack_metadata
from wool_common.metadata import WorkerMetadata
from wool_protocol.worker.v1.metadata_pb2 import Metadata


class RecordName(NamedTuple):
    """The name of a record's file: whom it is about, and who announces that."""

    worker: str
    publisher: str

    def __str__(self) -> str:
        return f"{self.worker}.{self.publisher}"


class Stamp(NamedTuple):
    """Tells one version of a record from every other, and which is the newest."""

    modified: int
    inode: int


class Record(NamedTuple):
    """One version of what a publisher says about a worker; None where it cannot be read."""

    stamp: Stamp
    worker: WorkerMetadata | None


def worker_name(uid: str) -> str:
    """Return what stands for *uid* in the names of files."""
    return blake2b(uid.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def stamp_of(found: os.stat_result) -> Stamp:
    """Return the stamp of a file."""
    return Stamp(found.st_mtime_ns, found.st_ino)


def packed(worker: WorkerMetadata) -> bytes:
    """Return *worker* as a record's content."""
    message = Metadata()
    pack_metadata(worker, message)
    return message.SerializeToString()


def write_record(folder: int, name: RecordName, content: bytes) -> None:
    """Put *content* into the record at once: readers see what was there before, or all of it."""
    draft = f".{name}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    descriptor = os.open(draft, flags, 0o600, dir_fd=folder)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor has no path
            file.write(content)
        os.replace(draft, str(name), src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        remove_file(folder, draft)
        raise


def read_record(folder: int, name: RecordName) -> Record | None:
    """Return the record, None where there is none any more."""
    try:
        descriptor = os.open(str(name), os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        return None
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
        stamp = stamp_of(os.fstat(descriptor))
        return Record(stamp, _unpacked(name, file.read()))


def files_of(folder: int) -> list[str]:
    """Return the names of all files in the directory, none where it has been removed."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def remove_file(folder: int, name: str) -> None:
    """Remove the file, which may be gone already."""
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _unpacked(name: RecordName, content: bytes) -> WorkerMetadata | None:
    try:
        worker = unpack_metadata(Metadata.FromString(content))
    except DecodeError:
        return None
    return worker if worker_name(worker.uid) == name.worker else None
