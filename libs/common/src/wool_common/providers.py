"""Provide credentials that change while they are in use."""

from __future__ import annotations

import logging
import os
import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, NoReturn, Protocol

from wool_common.credentials import CredentialsLike, WorkerCredentials

log = logging.getLogger("wool")

FRESH_SECONDS: Final = 1.0
"""How long credentials are taken for fresh before their factory is asked again."""

RETRY_SECONDS: Final = 1.0
"""How long files that hold nothing useful are left alone, unless they change."""

ATTEMPTS: Final = 3
"""How often files are read that change meanwhile."""


class Source(Protocol):
    """
    Where a provider has its credentials from.

    *sign* is cheap, and another one than before where reading may bring something new.
    """

    def sign(self) -> object: ...

    def read(self) -> WorkerCredentials: ...


@dataclass(frozen=True, slots=True)
class CredentialFiles:
    """Credentials in three files."""

    ca_path: str
    key_path: str
    cert_path: str
    mutual: bool
    identity: str | None

    def sign(self) -> object:
        """Return what changes with the files, those behind symbolic links included."""
        return tuple(_sign(path) for path in (self.ca_path, self.key_path, self.cert_path))

    def read(self) -> WorkerCredentials:
        """Return what the files hold, all of it from one moment; raises as `from_files` does."""
        for attempt in range(1, ATTEMPTS + 1):
            before = self.sign()
            try:
                found = WorkerCredentials.from_files(
                    self.ca_path, self.key_path, self.cert_path, self.mutual, self.identity
                )
            except (OSError, ValueError):
                if before == self.sign() or attempt == ATTEMPTS:
                    raise
            else:
                if before == self.sign():
                    return found
        raise ValueError(f"{self.cert_path} changes while it is read")


@dataclass(frozen=True, slots=True)
class _Factory:
    make: Callable[[], WorkerCredentials]
    fresh_for: float

    def sign(self) -> object:
        return time.monotonic() // self.fresh_for if self.fresh_for else object()

    def read(self) -> WorkerCredentials:
        made: object = self.make()
        if not isinstance(made, WorkerCredentials):
            raise TypeError(
                f"factory must return WorkerCredentials, and at once, not {type(made).__name__}"
            )
        return made


class WorkerCredentialsProvider:
    """
    Provides credentials that are made anew while they are in use.

    *factory* is asked at new connections, but not twice within *fresh_for* seconds, in
    whatever thread needs it, so it must not block for long. Where it fails the former
    credentials stay in use and the log says why, once for each reason.

    Raises:
        TypeError, ValueError: an argument is wrong; the text names it.
    """

    def __init__(
        self,
        factory: Callable[[], WorkerCredentials],
        *,
        fresh_for: float | timedelta = FRESH_SECONDS,
    ) -> None:
        seconds = fresh_for.total_seconds() if isinstance(fresh_for, timedelta) else fresh_for
        if not callable(factory):
            raise TypeError(f"factory must be callable, not {type(factory).__name__}")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
            raise ValueError(f"fresh_for must be a number of seconds, 0 or more, not {fresh_for!r}")
        source = _Factory(factory, seconds)
        self._begin(source, source.sign(), source.read())

    @classmethod
    def from_files(
        cls,
        ca_path: str | os.PathLike[str],
        key_path: str | os.PathLike[str],
        cert_path: str | os.PathLike[str],
        mutual: bool = True,
        identity: str | None = None,
    ) -> WorkerCredentialsProvider:
        """
        Return a provider of what three PEM files hold, read again when they change.

        Files that are half written, do not belong together or have expired are not used.
        Raises at once what `WorkerCredentials.from_files` raises.
        """
        first = WorkerCredentials.from_files(ca_path, key_path, cert_path, mutual, identity)
        paths = _absolute(ca_path), _absolute(key_path), _absolute(cert_path)
        return follow(CredentialFiles(*paths, mutual, identity), first)

    def _begin(
        self,
        source: Source,
        sign: object,
        first: WorkerCredentials,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._sign = sign
        self._good = first
        self._clock = clock
        self._complaint = ""
        self._again = 0.0

    def current(self) -> WorkerCredentials:
        """Return the newest credentials that could be made."""
        with self._lock:
            sign = self._source.sign()
            if sign != self._sign or (self._complaint and self._clock() >= self._again):
                self._renew(sign)
            return self._good

    def packed(self) -> bytes | None:
        """
        Return what a local worker provides itself with; None where it must do with a copy.

        A factory stays in its process; paths, and what was last found there, are sent.
        """
        if not isinstance(self._source, CredentialFiles):
            return None
        return pickle.dumps((self._source, self._good.packed()))

    def _renew(self, sign: object) -> None:
        self._sign = sign
        try:
            self._good = self._source.read()
        except Exception as exc:  # noqa: BLE001 - a user's factory raises whatever it likes
            self._again = self._clock() + RETRY_SECONDS
            complaint = str(exc) or type(exc).__name__
            if complaint != self._complaint:
                log.warning("the former credentials stay in use: %s", complaint)
            self._complaint = complaint
        else:
            self._complaint = ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._source!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "WorkerCredentialsProvider leads to a private key and is not sent to workers; a"
            " worker has its own"
        )


def packed(credentials: CredentialsLike) -> bytes:
    """
    Return *credentials* for the private link to a local worker.

    A provider of files is one in the worker too; of others it gets the present credentials.
    """
    provided = credentials.packed() if isinstance(credentials, WorkerCredentialsProvider) else None
    return pickle.dumps((provided, credentials.current().packed() if provided is None else None))


def unpacked(content: bytes) -> CredentialsLike:
    """Return what was `packed` at the other end of the link."""
    provided, plain = pickle.loads(content)
    if provided is None:
        return WorkerCredentials.unpacked(plain)
    source, last = pickle.loads(provided)
    return follow(source, WorkerCredentials.unpacked(last))


def follow(
    source: Source, first: WorkerCredentials, clock: Callable[[], float] = time.monotonic
) -> WorkerCredentialsProvider:
    """Return a provider that has *first* and looks at *source* as soon as it is asked."""
    made = WorkerCredentialsProvider.__new__(WorkerCredentialsProvider)
    made._begin(source, None, first, clock)  # pyright: ignore[reportPrivateUsage]
    return made


def _absolute(path: str | os.PathLike[str]) -> str:
    return str(Path(path).absolute())


def _sign(path: str) -> object:
    try:
        found = Path(path).stat()
    except OSError as exc:
        return exc.errno
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
