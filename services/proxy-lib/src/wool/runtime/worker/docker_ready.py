"""Wait until the worker in a container answers."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from wool.runtime.worker.describe import describe
from wool.runtime.worker.docker_container import ContainerExit
from wool_common.credentials import CredentialsLike
from wool_common.errors import HandshakeError, RpcError, WorkerStartError
from wool_common.metadata import PYTHON, WorkerId, WorkerMetadata

ANSWER_SECONDS: Final = 5.0
PAUSES: Final = (0.05, 0.1, 0.2, 0.5)
"""Seconds before a worker that did not answer is asked again; the last repeats."""


class Starting(Protocol):
    """What of a container has to be known until its worker is ready."""

    @property
    def output(self) -> str: ...

    async def exited(self) -> ContainerExit: ...


class Readiness:
    """Asks at *address* for the worker *uid* until it answers, or its container ends."""

    def __init__(
        self,
        address: str | None,
        uid: WorkerId,
        credentials: CredentialsLike | None,
        *,
        forwarded: bool,
    ) -> None:
        self.problem = (
            f"nothing has answered at {address} yet" if address else "its container has ended"
        )
        self._address = address
        self._uid = uid
        self._credentials = credentials
        # What forwards a port hangs up while nobody listens behind it.
        self._forwarded = forwarded

    async def wait(self, container: Starting) -> WorkerMetadata:
        """
        Return what the worker says of itself.

        Raises:
            WorkerStartError: its container has ended, or what answers is of no use.
        """
        asking = asyncio.create_task(self._ask_on())
        ending = asyncio.create_task(container.exited())
        try:
            await asyncio.wait([asking, ending], return_when=asyncio.FIRST_COMPLETED)
            if asking.done():
                return self._checked(await asking)
            end = await ending
        finally:
            for task in (asking, ending):
                task.cancel()
            await asyncio.wait([asking, ending])
        raise WorkerStartError(
            f"the container ended before the worker was ready ({end.description})",
            returncode=end.returncode,
            output=end.output,
        )

    async def _ask_on(self) -> WorkerMetadata:
        attempts = 0
        if self._address is None:
            await asyncio.Event().wait()  # for `wait` to hear of the end
            raise AssertionError
        while True:
            try:
                await _knock(self._address)
                found = await describe(self._address, self._credentials, ANSWER_SECONDS)
                if found.metadata.uid == self._uid:
                    return found.metadata
                self.problem = f"another worker answers at {self._address}"
            except HandshakeError as exc:
                if not self._forwarded:
                    raise WorkerStartError(f"the worker cannot be spoken to: {exc}") from exc
                self.problem = str(exc)
            except RpcError as exc:
                self.problem = str(exc)
            except OSError as exc:
                self.problem = f"nothing listens at {self._address}: {exc.strerror or 'no answer'}"
            await asyncio.sleep(PAUSES[min(attempts, len(PAUSES) - 1)])
            attempts += 1

    def _checked(self, worker: WorkerMetadata) -> WorkerMetadata:
        if worker.python != PYTHON:
            raise WorkerStartError(
                f"the image has Python {worker.python} and this client Python {PYTHON}: code and"
                " values cross only between equal minor versions, so take an image with"
                f" Python {PYTHON}"
            )
        return worker


async def _knock(address: str) -> None:
    """
    Return once something listens there; gRPC would go on to try where nothing ever will.

    Raises:
        OSError: nothing does.
    """
    host, _, port = address.rpartition(":")
    async with asyncio.timeout(ANSWER_SECONDS):
        _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    writer.close()
    await writer.wait_closed()
