"""Gather all mistakes there are."""

from __future__ import annotations

from typing import Final

from certificate_mistakes import CERTIFICATES
from command_mistakes import CERTS, WORKER
from connection_mistakes import CONNECTIONS
from discovery_mistakes import DISCOVERIES
from mistake import Area
from placing_mistakes import ADMISSION, BALANCERS
from pool_mistakes import POOLS
from routine_mistakes import CALLING, CONTEXTS, DEFINING, MANY, WITHIN
from value_mistakes import VALUES
from worker_mistakes import WORKERS

AREAS: Final[tuple[Area, ...]] = (
    DEFINING,
    CALLING,
    WITHIN,
    CONTEXTS,
    MANY,
    POOLS,
    CERTIFICATES,
    WORKERS,
    VALUES,
    DISCOVERIES,
    BALANCERS,
    ADMISSION,
    CONNECTIONS,
    WORKER,
    CERTS,
)
