"""
How spans, their attributes and their events are called.

Those of `rpc`, `server` and `error` are OpenTelemetry's, from its semantic conventions for
RPC spans (release candidate of 2026); those of `wool` are our own.
"""

from __future__ import annotations

from typing import Final

SCOPE: Final = "wool"
"""The instrumentation scope of every span."""

SYSTEM: Final = "rpc.system.name"
METHOD: Final = "rpc.method"
ADDRESS: Final = "server.address"
PORT: Final = "server.port"
ERROR_TYPE: Final = "error.type"

ROUTINE: Final = "wool.routine"
TASK: Final = "wool.task.id"
ROOT_TASK: Final = "wool.root.id"
POOL: Final = "wool.pool.id"
WORKER: Final = "wool.worker.id"
OUTCOME: Final = "wool.outcome"
ATTEMPTS: Final = "wool.attempts"
ATTEMPT: Final = "wool.attempt"
REASON: Final = "wool.reason"
STREAM: Final = "wool.stream"
WAITED: Final = "wool.waited"
STEP: Final = "wool.step"

TAKEN: Final = "wool.attempt.taken"
"""The event of an attempt that a worker took; the others end in how they failed."""
