"""Keep the directory of one namespace to this user."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote

from wool_common.errors import DiscoveryError

SHARED_MEMORY: Final = Path("/dev/shm")

LONGEST_NAME: Final = 200
"""Bytes that a namespace's name may have once what no file name may hold is quoted."""


def checked_namespace(namespace: object) -> str:
    """
    Return *namespace*, which names a group of workers on this machine.

    Raises:
        TypeError, ValueError: it is no text, empty or too long.
    """
    if not isinstance(namespace, str):
        raise TypeError(f"namespace must be a string, not {namespace!r}")
    if not namespace:
        raise ValueError("namespace must not be empty")
    try:
        length = len(quote(namespace, safe=""))
    except UnicodeEncodeError:
        raise ValueError(f"namespace must be text that can be encoded, not {namespace!r}") from None
    if length > LONGEST_NAME:
        raise ValueError(
            f"namespace must have at most {LONGEST_NAME} characters (others than ASCII letters"
            f" and digits count up to twelvefold), not {length}"
        )
    return namespace


class Folder:
    """The directory of one namespace, where there is one; only this user can enter it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, namespace: str) -> Self:
        """Return the directory of *namespace*."""
        return cls(_base() / f"{_prefix()}{quote(namespace, safe='')}")

    def open(self, *, create: bool = False) -> int | None:
        """
        Return a descriptor of the directory, None where there is none; the caller closes it.

        Raises:
            DiscoveryError: it belongs to somebody else, or others can enter it.
        """
        if create:
            try:
                self.path.mkdir(0o700, exist_ok=True)
            except OSError as exc:
                raise DiscoveryError(f"{self.path} cannot be made: {exc.strerror}") from exc
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise DiscoveryError(f"{self.path} cannot be used: {exc.strerror}") from exc
        try:
            self._refuse_foreign(os.fstat(descriptor))
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def look(self) -> os.stat_result | None:
        """Return what is known of the directory, None where there is none."""
        try:
            return os.stat(self.path, follow_symlinks=False)  # noqa: PTH116 - ten times as fast
        except FileNotFoundError:
            return None

    def remove(self) -> None:
        """Remove the directory unless somebody still has something in it."""
        try:
            self.path.rmdir()
        except OSError:
            return

    def _refuse_foreign(self, found: os.stat_result) -> None:
        if found.st_uid != os.geteuid():
            raise DiscoveryError(f"{self.path} belongs to another user (uid {found.st_uid})")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise DiscoveryError(
                f"others than you can enter {self.path}: remove it, or say `chmod 700` on it"
            )


def folders() -> Iterator[Folder]:
    """Yield the directory of every namespace of this user."""
    for path in _base().glob(f"{_prefix()}*"):
        yield Folder(path)


def _base() -> Path:
    """Return where namespaces are kept: in memory where the system has a place for that."""
    if SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK | os.X_OK):
        return SHARED_MEMORY
    return Path(tempfile.gettempdir())


def _prefix() -> str:
    """Return how the directories of this user's namespaces begin."""
    return f"wool-{os.geteuid()}-"
