"""A worker that is a Docker container."""

from __future__ import annotations

import asyncio
import math
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final

import cloudpickle  # pyright: ignore[reportMissingTypeStubs]

from wool.runtime.checks import checked_credentials, checked_seconds
from wool.runtime.outside import user_level
from wool.runtime.worker.base import Worker, WorkerOptions
from wool.runtime.worker.connection import WorkerConnection
from wool.runtime.worker.docker_container import ContainerExit, WorkerContainer, undisturbed
from wool.runtime.worker.docker_document import Origin, address, creation, labels
from wool.runtime.worker.docker_options import Volumes, checked_options
from wool.runtime.worker.docker_owner import this_process
from wool.runtime.worker.docker_presence import attend
from wool.runtime.worker.docker_ready import Readiness
from wool.runtime.worker.process import WorkerExit
from wool_common.backpressure import BackpressureLike
from wool_common.credentials import CredentialsLike
from wool_common.deadline import Deadline
from wool_common.discovery.addresses import DEFAULT_PORT
from wool_common.engine import Engine, engine_url
from wool_common.errors import (
    DockerRefused,
    DockerUnavailable,
    InsecureWorkerWarning,
    RpcError,
    SerializationError,
    WorkerStartError,
)
from wool_common.metadata import WorkerMetadata
from wool_common.providers import packed
from wool_common.start_stdin import start_message
from wool_common.startup import GRACE, StartConfig

START_SECONDS: Final = 60.0
OWNER_SECONDS: Final = 60.0
"""For how long a worker lives on after whoever has started it."""

ASK_SECONDS: Final = 5.0
"""What a worker may take to agree to its end."""

ORDER_MARGIN: Final = 5.0
"""What a worker may take beyond its grace before its container is removed."""

EVERYWHERE: Final = "0.0.0.0"


class DockerWorker(Worker):
    """
    Runs routines in a container of its own, made from *image* on the Engine at *engine*.

    It joins *network* and listens on *port* there; with *publish*, for hosts that cannot
    reach containers, on a port of the Engine's host. *volumes* are `host:container[:ro]`,
    or a mapping; *cpus* and *memory*, such as '512m', are limits. The root file system is
    read-only and no capability is left. *host* is taken and means nothing.

    The container ends, and is removed, when `stop` is called, or *owner_timeout* seconds
    after this process has gone, None being never. *engine* None is what DOCKER_HOST says.

    Raises:
        TypeError, ValueError: an argument is not what it should be; the text names it.
    """

    def __init__(
        self,
        *tags: str,
        image: str,
        network: str | None = None,
        port: int = DEFAULT_PORT,
        environment: Mapping[str, str] | None = None,
        volumes: Volumes | None = None,
        cpus: float | None = None,
        memory: int | str | None = None,
        publish: bool = False,
        credentials: CredentialsLike | None = None,
        backpressure: BackpressureLike | None = None,
        start_timeout: float = START_SECONDS,
        owner_timeout: float | None = OWNER_SECONDS,
        shutdown_grace_period: float = GRACE,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
        options: WorkerOptions | None = None,
        engine: str | None = None,
        host: str | None = None,
        **extra: str,
    ) -> None:
        super().__init__(*tags, **extra)
        self._wanted = checked_options(
            image=image,
            network=network,
            port=port,
            environment=environment,
            volumes=volumes,
            cpus=cpus,
            memory=memory,
            publish=publish,
            namespace=namespace,
            labels=labels,
            owner_timeout=owner_timeout,
        )
        if math.isnan(shutdown_grace_period) or shutdown_grace_period < 0:
            raise ValueError(
                f"shutdown_grace_period must not be negative, not {shutdown_grace_period}"
            )
        if backpressure is not None and not callable(backpressure):
            raise TypeError(f"backpressure must be callable, not {backpressure!r}")
        self._credentials = checked_credentials(credentials)
        _warn_of_strangers(self._credentials, network)
        self._start_timeout = checked_seconds("start_timeout", start_timeout)
        self._grace = shutdown_grace_period
        self._backpressure = backpressure
        self._options = options
        self._url = engine_url(engine)
        self._container: WorkerContainer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def container(self) -> str:
        """The name of the container."""
        return f"wool-{self.uid}"

    def on_exit(self, callback: Callable[[WorkerExit], None]) -> None:
        """
        Have *callback* called once the container has ended, for whatever reason.

        It runs on the event loop that started the worker, and not at all where that loop
        has been closed by then.

        Raises:
            RuntimeError: the worker is not started.
        """
        container, loop = self._started()
        container.exit.add_done_callback(lambda end: _call_on(loop, callback, end.result()))

    async def exited(self) -> ContainerExit:
        """
        Wait for the end of the container, from any event loop.

        Raises:
            RuntimeError: the worker is not started.
        """
        container, _ = self._started()
        return await container.exited()

    async def _start(self, timeout: float | None) -> WorkerMetadata:
        limit = self._start_timeout if timeout is None else timeout
        container = WorkerContainer(self._url, self.container)
        problem = "the Engine did not start its container"
        try:
            async with asyncio.timeout(limit):
                await self._launch(container)
                readiness = await self._readiness(container)
                try:
                    metadata = await readiness.wait(container)
                finally:
                    problem = readiness.problem
        except BaseException as exc:
            output = container.output
            with suppress(DockerUnavailable):
                await undisturbed(container.remove())
            if isinstance(exc, TimeoutError):
                text = f"the worker was not ready within {limit:g} s: {problem}"
                raise WorkerStartError(text, output=output) from None
            raise
        container.settle(partial(attend, metadata.address, self._credentials))
        self._container = container
        self._loop = asyncio.get_running_loop()
        return metadata

    async def _launch(self, container: WorkerContainer) -> None:
        wanted = self._wanted
        async with Engine(self._url) as engine:
            image = await engine.image(wanted.image)
        if image is None:
            raise WorkerStartError(
                f"the image {wanted.image} is not on the Docker Engine at {self._url}: build it"
                f" there (docker build --tag {wanted.image} ...), or fetch it (docker pull"
                f" {wanted.image})"
            )
        origin = Origin(owner=this_process(), created=datetime.now(UTC).isoformat())
        marks = labels(wanted, self.tags, origin, secure=self._credentials is not None)
        config = creation(wanted, marks, image=image, grace=self._grace, url=self._url)
        try:
            await container.start(config, start_message(self._config()))
        except DockerRefused as exc:
            raise WorkerStartError(f"the worker's container cannot be started: {exc}") from exc

    async def _readiness(self, container: WorkerContainer) -> Readiness:
        async with Engine(self._url) as engine:
            document = await engine.inspect(container.name)
        where = None if document is None else address(document, self._wanted, self._url)
        if where is None and document is not None and document["State"]["Running"]:
            network = self._wanted.network or "bridge"
            raise WorkerStartError(
                f"the container has no address on the network {network}; publish=True makes a"
                " port of its host lead to it"
            )
        return Readiness(where, self.uid, self._credentials, forwarded=self._wanted.publish)

    async def _stop(self, grace: float | None, timeout: float | None) -> None:
        container = self._container
        if container is None:
            return
        deadline = Deadline.after(math.inf if timeout is None else timeout)
        seconds = self._grace if grace is None else grace
        try:
            if not container.exit.done() and deadline.remaining():
                await self._order_stop(container, min(seconds, deadline.remaining()), deadline)
                await container.ended(min(seconds + ORDER_MARGIN, deadline.remaining()))
        finally:
            await undisturbed(container.remove())

    async def _order_stop(
        self, container: WorkerContainer, grace: float, deadline: Deadline
    ) -> None:
        """Ask the worker to drain, itself or, where it does not answer, by the Engine."""
        assert self.address is not None
        limit = min(ASK_SECONDS, deadline.remaining())
        connection = WorkerConnection(self.address, credentials=self._credentials)
        try:
            await connection.stop(grace=None if math.isinf(grace) else grace, timeout=limit)
        except RpcError:
            async with Engine(self._url) as engine:
                await engine.kill(container.name, "SIGTERM")

    def _config(self) -> StartConfig:
        options, hook, credentials = self._options, self._backpressure, self._credentials
        return StartConfig(
            uid=self.uid,
            sys_path=(),
            tags=self.tags,
            extra=self.extra,
            host=EVERYWHERE,
            port=self._wanted.port,
            # A copy: the paths a provider follows are not those of the container.
            credentials=None if credentials is None else packed(credentials.current()),
            backpressure=None if hook is None else pickled("backpressure", hook),
            shutdown_grace_period=self._grace,
            options=() if options is None else options.arguments(),
        )

    def _started(self) -> tuple[WorkerContainer, asyncio.AbstractEventLoop]:
        if self._container is None or self._loop is None:
            raise RuntimeError("this worker is not started")
        return self._container, self._loop


def _warn_of_strangers(credentials: CredentialsLike | None, network: str | None) -> None:
    if credentials is not None and credentials.current().mutual:
        return
    remedy = (
        "give credentials=WorkerCredentials.from_files(...)"
        if credentials is None
        else "have clients show a certificate too (mutual=True)"
    )
    warnings.warn(
        f"anyone who reaches the network {network or 'bridge'} can run code in this worker:"
        f" {remedy}",
        InsecureWorkerWarning,
        stacklevel=user_level(),
    )


def pickled(name: str, value: object) -> bytes:
    """Return *value*, pickled by value where needed; *name* is what the error calls it."""
    try:
        return cloudpickle.dumps(value)  # pyright: ignore[reportUnknownMemberType]
    except Exception as exc:
        raise SerializationError(f"{name} cannot be pickled: {exc}", path=name) from exc


def _call_on(
    loop: asyncio.AbstractEventLoop, callback: Callable[[WorkerExit], None], end: WorkerExit
) -> None:
    try:
        loop.call_soon_threadsafe(callback, end)
    except RuntimeError:
        if not loop.is_closed():
            raise
