"""Decide what to believe of what a resolver says."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable
from typing import Final

log: Final = logging.getLogger("wool")

UNKNOWN: Final = frozenset(
    number
    for number in (getattr(socket, name, None) for name in ("EAI_NONAME", "EAI_NODATA"))
    if number is not None
)
"""What the system's resolver says of a name that does not exist, or has no addresses."""


class Lookups:
    """
    The addresses that *name* has, so far as is known.

    A resolver that fails says nothing about them; one that says there is no such name is
    believed after *limit* seconds, as names come and go while services restart.
    """

    def __init__(self, name: str, *, limit: float) -> None:
        self._name = name
        self._limit = limit
        self._unknown_since: float | None = None
        self._complaint = ""
        self.addresses: tuple[str, ...] = ()

    def answer(self, addresses: Iterable[str]) -> None:
        """Note what the resolver has answered."""
        self._unknown_since = None
        self._complaint = ""
        self.addresses = tuple(addresses)

    def fail(self, error: OSError, now: float) -> None:
        """Note that it has not."""
        complaint = error.strerror or str(error)
        # Once for every sort of failure, not every time.
        if complaint != self._complaint:
            log.warning("%s cannot be resolved, and is tried again: %s", self._name, complaint)
        self._complaint = complaint
        if error.errno not in UNKNOWN:
            self._unknown_since = None
        elif self._unknown_since is None:
            self._unknown_since = now
        elif now - self._unknown_since >= self._limit:
            self.addresses = ()
