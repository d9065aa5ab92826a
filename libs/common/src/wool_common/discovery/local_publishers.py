"""Tell which publishers of a namespace still live."""

from __future__ import annotations

import fcntl
import os
import re
from itertools import count
from typing import Final
from uuid import uuid4

from wool_common.discovery.local_records import files_of, remove_file

# A lock of this kind belongs to the process: a forked child does not keep it. The other
# side of that: closing any descriptor of the file gives the lock up, so a process must
# never open the files of its own publishers, which it knows by this token.
TOKEN: Final = uuid4().hex
NUMBERS: Final = count(1)

SUFFIX: Final = ".lock"
NAME: Final = re.compile(r"\d+-[0-9a-f]{32}-\d+")


def new_publisher() -> str:
    """Return a name that no other publisher ever has."""
    return f"{own_prefix()}{next(NUMBERS)}"


def own_prefix() -> str:
    """Return how the names of this process's publishers begin."""
    return f"{os.getpid()}-{TOKEN}-"


def hold(folder: int, publisher: str) -> int:
    """
    Show that *publisher* lives, for as long as this process does and the descriptor is open.

    Raises:
        FileNotFoundError: the directory has been removed.
    """
    draft, name = f".{publisher}", f"{publisher}{SUFFIX}"
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Nobody ever sees it without the lock.
        os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def lives(folder: int, publisher: str) -> bool:
    """Tell whether *publisher* lives; one whose file is gone does not."""
    name = f"{publisher}{SUFFIX}"
    try:
        if publisher.startswith(own_prefix()):
            os.stat(name, dir_fd=folder)
            return True
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def bury(folder: int, publisher: str) -> None:
    """Remove everything that *publisher*, which is dead, has left; its name never returns."""
    lock = f"{publisher}{SUFFIX}"
    for file in files_of(folder):
        if file != lock and publisher_of(file) == publisher:
            remove_file(folder, file)
    # Last: whoever finds it knows that there is still something to remove.
    remove_file(folder, lock)


def publisher_of(file: str) -> str | None:
    """Return who has written the file of that name, None where it is no publisher's."""
    publisher = file.removesuffix(SUFFIX).rpartition(".")[2]
    return publisher if NAME.fullmatch(publisher) else None
