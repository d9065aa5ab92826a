"""
The one tree of errors.

    WoolError
    ├── NoActivePool (RuntimeError)        no pool is open where a routine was called
    ├── NoWorkersAvailable                 every worker was tried, or none was there
    ├── RpcError                           a worker could not be spoken to
    │   └── TransientRpcError              another worker, or a later moment, may do
    │       ├── HandshakeError             TLS could not be agreed on
    │       └── WorkerBusy                 the worker refused the task before it started
    ├── WorkerLost                         the task may or may not have run; never retried
    ├── WorkerStartError                   a worker process did not become ready
    ├── VersionMismatch                    client and worker cannot work together
    ├── ProtocolViolation                  the peer broke the conversation's table
    ├── SerializationError                 a value cannot be pickled or unpickled
    ├── TaskException                      what a routine raised, as the worker saw it
    └── DiscoveryError                     workers could not be found or announced
        ├── DockerUnavailable              the Docker Engine cannot be reached
        └── DockerRefused                  the Docker Engine answered that it will not

    WoolWarning (UserWarning)
    ├── InsecureWorkerWarning              a worker listens on a network without credentials
    ├── IneffectiveLeaseWarning            a lease limits nothing without a discovery
    ├── IneffectiveQuorumTimeoutWarning    a quorum's time limits nothing without a quorum
    └── LoopbackAdvertisementWarning       a network is told of a worker only this machine reaches
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class StatusCode(IntEnum):
    """The gRPC status codes a worker answers with, by their number on the wire."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


TRANSIENT = frozenset(
    {StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.RESOURCE_EXHAUSTED}
)


class WoolError(Exception):
    """Root of every error Wool raises on its own behalf."""


class WoolWarning(UserWarning):
    """Root of every warning Wool gives."""


class InsecureWorkerWarning(WoolWarning):
    """A worker listens on a network and would run whatever anyone sends."""


class IneffectiveLeaseWarning(WoolWarning):
    """A pool was given a lease, but no discovery that could find any worker."""


class IneffectiveQuorumTimeoutWarning(WoolWarning):
    """A pool was given a time for its quorum, but no quorum."""


class LoopbackAdvertisementWarning(WoolWarning):
    """A worker was to be announced to a network, but only its own machine can reach it."""


class NoActivePool(WoolError, RuntimeError):
    """A routine was called where no pool is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What happened with one worker while a task was being placed."""

    worker: str
    address: str
    reason: str


SHOWN_ATTEMPTS = 20
"""How many attempts the text of an error shows; a pool may know thousands of workers."""


class NoWorkersAvailable(WoolError):
    """No worker took the task; *attempts* tells what happened with each."""

    def __init__(self, message: str, attempts: Sequence[Attempt] = ()) -> None:
        shown = attempts[:SHOWN_ATTEMPTS]
        lines = [message, *(f"  {a.address} ({a.worker}): {a.reason}" for a in shown)]
        if len(attempts) > len(shown):
            lines.append(f"  and {len(attempts) - len(shown)} more, see `attempts`")
        super().__init__("\n".join(lines))
        self.message = message
        self.attempts = tuple(attempts)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message, self.attempts), {**self.__dict__}


class RpcError(WoolError):
    """A worker could not be spoken to."""

    def __init__(
        self,
        code: StatusCode = StatusCode.UNKNOWN,
        details: str = "",
        *,
        address: str = "",
    ) -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details
        self.address = address

    def __str__(self) -> str:
        return f"{self.address or 'worker'}: {self.code.name}: {self.details}"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.code, self.details), {**self.__dict__}


class TransientRpcError(RpcError):
    """A worker could not take the task now; another one, or a later moment, may do."""


class HandshakeError(TransientRpcError):
    """TLS could not be agreed on with the worker."""


class WorkerBusy(TransientRpcError):
    """
    The worker refused the task before it started.

    *reason* is a short word a program can act on (`draining`, `backpressure`,
    `too-large`, ...); *retry_after* is in seconds, None where the worker gave no hint.
    """

    def __init__(
        self,
        code: StatusCode = StatusCode.RESOURCE_EXHAUSTED,
        details: str = "",
        *,
        address: str = "",
        reason: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, details, address=address)
        self.reason = reason
        self.retry_after = retry_after


class WorkerLost(WoolError):
    """The worker went away under the task, which may or may not have run; never retried."""

    def __init__(self, worker: str, address: str, reason: str) -> None:
        super().__init__(
            f"worker {worker} at {address} was lost: {reason}; the task may or may not have run"
            " and was not retried"
        )
        self.worker = worker
        self.address = address
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.worker, self.address, self.reason), {**self.__dict__}


class WorkerStartError(WoolError):
    """A worker did not become ready; *output* holds its last lines."""

    def __init__(self, message: str, *, returncode: int | None = None, output: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.returncode = returncode
        self.output = output

    def __str__(self) -> str:
        tail = f"\nits last lines were:\n{self.output}" if self.output else ""
        return self.message + tail

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message,), {**self.__dict__}


class VersionMismatch(WoolError):
    """Client and worker differ in a version that must be equal."""


class ProtocolViolation(WoolError):
    """The peer broke the conversation's table."""


class SerializationError(WoolError):
    """A value cannot be pickled or unpickled; *path* names it, e.g. `args[1]['lock']`."""

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self.args, {**self.__dict__}


class TaskException(WoolError):
    """
    What a routine raised, as the worker saw it.

    Stands at the end of the `__cause__` chain of an exception that crossed from a worker.
    *type* is the qualified class name, *traceback* the formatted lines on the worker,
    *task* and *worker* their ids.
    """

    def __init__(
        self, type: str, traceback: Sequence[str], task: str = "", worker: str = ""
    ) -> None:
        super().__init__(type, tuple(traceback), task, worker)
        self.type = type
        self.traceback = list(traceback)
        self.task = task
        self.worker = worker

    def __str__(self) -> str:
        text = "".join(self.traceback).rstrip()
        return f"{self.type} in task {self.task} on worker {self.worker}\n{text}"


class DiscoveryError(WoolError):
    """Workers could not be found or announced."""


class DockerUnavailable(DiscoveryError):
    """The Docker Engine at *url* cannot be reached; *reason* says why."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"the Docker Engine at {url} cannot be reached ({reason}): is it running, may this"
            " user speak to it, and does DOCKER_HOST name it?"
        )
        self.url = url
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.url, self.reason), {**self.__dict__}


class DockerRefused(DiscoveryError):
    """The Docker Engine at *url* answered a request about *what* with an error."""

    def __init__(self, url: str, what: str, status: int, message: str) -> None:
        super().__init__(f"the Docker Engine at {url} refused ({what}, {status}): {message}")
        self.url = url
        self.what = what
        self.status = status
        self.message = message

    def __reduce__(self) -> tuple[object, ...]:
        arguments = (self.url, self.what, self.status, self.message)
        return type(self), arguments, {**self.__dict__}
