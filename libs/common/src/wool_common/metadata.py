"""What a worker says about itself."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NewType

WorkerId = NewType("WorkerId", str)

PROTOCOL: Final = 1
"""Version of the session's conversation; both sides must agree."""

VERSION: Final = "0.1.0"

PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
"""Python's minor version: code sent by value runs only on the same one."""

NO_EXTRA: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True, eq=True)
class WorkerMetadata:
    """
    What a worker says about itself; hashed by *uid*.

    *address* is what gRPC dials: `host:port` or `unix:/path`. *secure* tells that the
    worker speaks TLS. *extra* holds the caller's own facts as strings.
    """

    uid: WorkerId
    address: str
    pid: int = 0
    version: str = VERSION
    tags: frozenset[str] = frozenset()
    extra: Mapping[str, str] = field(default_factory=lambda: NO_EXTRA)
    secure: bool = False
    python: str = PYTHON
    protocol: int = PROTOCOL

    def __hash__(self) -> int:
        return hash(self.uid)

    def __reduce__(self) -> tuple[object, ...]:
        # A mapping proxy does not pickle.
        facts = {name: getattr(self, name) for name in self.__slots__}
        facts["extra"] = dict(self.extra)
        return _revive, (facts,)


def _revive(facts: dict[str, object]) -> WorkerMetadata:
    return WorkerMetadata(**facts)  # pyright: ignore[reportArgumentType]
