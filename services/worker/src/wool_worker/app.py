"""Compose a worker: serve until asked to stop, then drain."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine
from types import MappingProxyType
from typing import Any, Final

from wool_common import logs
from wool_common.channels import server
from wool_common.link import ChildLink
from wool_common.listening import listen
from wool_common.metadata import WorkerMetadata
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc
from wool_worker.admission import Admission
from wool_worker.announcing import Announcer
from wool_worker.config import WorkerConfig
from wool_worker.docket import Docket
from wool_worker.executor import Executor
from wool_worker.health import Health
from wool_worker.host import Host
from wool_worker.limits import ValueLimit
from wool_worker.loop import new_loop
from wool_worker.metrics import measuring
from wool_worker.pulse import Pulse
from wool_worker.run_lines import note_runs
from wool_worker.service import WorkerService
from wool_worker.stopping import StopSignals
from wool_worker.traces import traced

SWITCH_SECONDS: Final = 0.0005
"""How long one of the worker's two loops may keep the interpreter while the other wants it."""

CANCEL_SECONDS = 2.0
"""What cancelled tasks get to clean up once the grace is over."""

LEAVE_SECONDS = 1.0
"""What clients get to leave; those that are still being sent a result have the grace."""


async def run(config: WorkerConfig, *, link: ChildLink | None, stop: StopSignals) -> None:
    """Serve until asked to stop, then drain."""
    # Python's own 5 ms cost 14 % of benchmarks/throughput at 64 in flight.
    sys.setswitchinterval(SWITCH_SECONDS)
    loop = asyncio.get_running_loop()
    traces = traced(config)
    note_runs()
    executor = Executor(lambda: new_loop(config.loop))
    docket = Docket()
    pulse = Pulse(executor.loop)
    admission = Admission(docket, config.backpressure, loop, lag=pulse.lag)
    announcer = Announcer(config.announce, advertise=config.advertise)
    host = Host(
        worker=describe(config, 0),
        home=loop,
        docket=docket,
        admission=admission,
        executor=executor,
        credentials=config.credentials,
        limit=ValueLimit(config.max_value),
    )
    metrics = measuring(config, docket)
    service = WorkerService(host, stop.request, metrics.sizes)
    health = Health(config.probe)
    grpc_server = server(config.options, metrics.interceptors)
    sgrpc.add_WorkerServiceServicer_to_server(service, grpc_server)
    await health.add_to(grpc_server)
    port = listen(grpc_server, config.bind, config.credentials)
    host.worker = describe(config, port)
    metrics.serve(executor=executor, sessions=lambda: service.attendance.open)
    executor.start()
    if config.backpressure is not None:
        executor.do(pulse.start)
    await health.enter()
    await grpc_server.start()
    try:
        await announcer.announce(host.worker, listens=config.bound(port))
        _tell_ready(host.worker, link)
        await _until_deserted(service, config.owner_timeout, stop)
        request = await stop.requested()
        # Within the grace, for until they have heard of it clients go on to send tasks.
        await _first(announcer.drop(), stop.over())
        admission.drain()
        await health.leave()
        service.announce_draining()
        if link is None:
            logs.get().info("worker_draining", reason=request.reason, active=docket.active)
        await _drain(docket, executor, service, stop, request.reason)
        await _part(service, stop)
        if link is None:
            logs.get().info("worker_ended", reason=request.reason, active=docket.active)
    finally:
        await health.aclose()
        await announcer.aclose()
        await grpc_server.stop(0.2)
        await host.pools.aclose()
        metrics.close()
        await traces.aclose()
        if not executor.stop(0.5):
            stop.end_now(0)  # or the interpreter would complain of each routine that is left


def describe(config: WorkerConfig, port: int) -> WorkerMetadata:
    """Return what the worker says about itself when it is bound to *port*."""
    return WorkerMetadata(
        uid=config.uid,
        address=config.address(port),
        pid=os.getpid(),
        tags=config.tags,
        extra=MappingProxyType(dict(config.extra)),
        secure=config.credentials is not None,
    )


def _tell_ready(worker: WorkerMetadata, link: ChildLink | None) -> None:
    if link is not None:
        link.ready(worker)
    else:
        logs.get().info("worker_ready", worker=worker.uid, address=worker.address)


async def _drain(
    docket: Docket, executor: Executor, service: WorkerService, stop: StopSignals, reason: str
) -> None:
    """Let running tasks finish until the grace is over, then cancel them."""
    if await _first(docket.empty(), stop.over()):
        return
    lost = f"it was stopped ({reason}) before the task had finished"
    executor.cancel_all(lost)
    try:
        async with asyncio.timeout(CANCEL_SECONDS):
            await docket.empty()
    except TimeoutError:
        logs.get().warning("tasks_abandoned", active=docket.active)
        service.abandon(lost)


async def _part(service: WorkerService, stop: StopSignals) -> None:
    """Let clients hear what there is to say, and hang up."""
    if not await service.left(LEAVE_SECONDS):
        await _first(service.said(), stop.over())


async def _until_deserted(service: WorkerService, timeout: float | None, stop: StopSignals) -> None:
    """Return when the end was asked for, asking oneself where nobody has come for so long."""
    if timeout is None:
        return
    if await _first(service.attendance.deserted(timeout), stop.requested()):
        stop.request(None, f"nobody has had a session for {timeout:g} s")


async def _first(wanted: Coroutine[Any, Any, None], other: Coroutine[Any, Any, object]) -> bool:
    """Wait for either; return whether *wanted* was the one."""
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(wanted), asyncio.create_task(other)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].done()
    finally:
        for task in tasks:
            task.cancel()
