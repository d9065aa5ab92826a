"""The worker's gRPC service."""

from __future__ import annotations

import asyncio
import functools
import platform
from collections.abc import Callable, Iterator
from typing import Any, cast

import google.protobuf
import grpc
import grpc.aio
from google.protobuf.message import DecodeError

from wool_common import frames as f
from wool_common import logs
from wool_common.buckets import SECONDS
from wool_common.channels import EOF
from wool_common.convert_client import read_client
from wool_common.convert_values import pack_metadata
from wool_common.convert_worker import PUT_WORKER
from wool_common.errors import ProtocolViolation, WoolError
from wool_common.loops import Handover
from wool_common.metadata import VERSION
from wool_common.misfit import misfit
from wool_common.outbox import Outbox
from wool_common.pickling.inbound import Inbound
from wool_common.transfers import Transfers
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc
from wool_worker.attendance import Attendance
from wool_worker.host import Host
from wool_worker.loads import LoadReports, LoadRounds
from wool_worker.metrics import Sizes
from wool_worker.session import Session
from wool_worker.tallies import Totals

Context = grpc.aio.ServicerContext[spb.SessionRequest, spb.SessionResponse]
StopOrdered = Callable[[float | None, str], None]


class WorkerService(sgrpc.WorkerServiceServicer):
    """Answers clients and peers; lives on the main loop."""

    def __init__(self, host: Host, stop: StopOrdered, sizes: Sizes | None = None) -> None:
        self._host = host
        self._sizes = sizes
        self._stop = stop
        self.attendance = Attendance()
        self._open: dict[Session, Outbox[spb.SessionResponse]] = {}
        self._rounds = LoadRounds(host.docket, self._reports)
        self._outboxes: set[Outbox[spb.SessionResponse]] = set()
        self._serving: set[asyncio.Task[None]] = set()

    def announce_draining(self) -> None:
        """Tell every client that new tasks will be refused."""
        for outbox in self._open.values():
            outbox.say(f.Draining())

    def abandon(self, reason: str) -> None:
        """Tell the callers of all tasks that still run that these are lost."""
        for session in self._open:
            session.abandon(reason)

    async def left(self, timeout: float) -> bool:
        """Wait until all clients have left, which they do once they know of the drain."""
        if self._serving:
            await asyncio.wait(self._serving, timeout=timeout)
        return not self._serving

    async def said(self) -> None:
        """Wait until all that there is to say has been handed to the transport."""
        await asyncio.gather(*(outbox.emptied() for outbox in self._outboxes))

    async def Session(  # noqa: N802 - named by the contract
        self, request_iterator: object, context: Context
    ) -> None:
        """Carry every task of one client."""
        transfers = Transfers()
        outbox = Outbox(spb.SessionResponse, PUT_WORKER, transfers)
        serving = cast("asyncio.Task[None]", asyncio.current_task())
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        self._outboxes.add(outbox)
        pumping = asyncio.create_task(outbox.pump(context.write), name="wool-session-pump")
        pumping.add_done_callback(functools.partial(_end_mute, serving))
        try:
            refusal = await self._greet(context, transfers)
            if refusal is not None:
                outbox.say(f.Turned(refusal))
            else:
                await self._converse(context, transfers, outbox)
            outbox.close()
            await pumping
        except (ProtocolViolation, DecodeError) as exc:
            logs.get().warning("session_violation", peer=context.peer(), error=str(exc))
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(exc))
        except asyncio.CancelledError:
            failure = _failure(pumping)
            if failure is None:
                raise
            await context.abort(grpc.StatusCode.INTERNAL, f"an answer cannot be sent: {failure!r}")
        finally:
            pumping.cancel()
            self._outboxes.discard(outbox)
            transfers.fail(WoolError("the session has ended"))

    async def _greet(self, context: Context, transfers: Transfers) -> str | None:
        """Hear the first frame; return why this client cannot be served."""
        request = await context.read()
        frames = [] if request is EOF else list(request.frames)
        hello = read_client(frames[0], transfers) if frames else None
        if not isinstance(hello, f.Hello) or len(frames) > 1:
            raise ProtocolViolation("a session begins with Hello, on its own")
        return misfit(hello)

    async def _converse(
        self, context: Context, transfers: Transfers, outbox: Outbox[spb.SessionResponse]
    ) -> None:
        loop = asyncio.get_running_loop()
        say = outbox.say if self._sizes is None else self._sizes.said(outbox.say)
        post: Handover[f.WorkerFrame] = Handover(loop, lambda frame: session.tell(frame))  # noqa: PLW0108 - it comes later
        session = Session(
            self._host,
            pools=self._host.pools,
            loop=loop,
            say=say,
            post=post.put,
            forget=lambda payload: _forget(payload, transfers),
            limit=self._host.limit,
        )
        outbox.say(f.Welcome(self._host.worker))
        if self._host.admission.draining:
            outbox.say(f.Draining())
        self._open[session] = outbox
        self._rounds.begin()
        receive, read, feed = session.receive, context.read, transfers.feed
        if self._sizes is not None:
            receive = self._sizes.heard(receive)
        try:
            with self.attendance.one():
                while True:
                    request = cast(Any, await read())
                    if request is EOF:
                        return
                    for message in request.frames:
                        frame = read_client(message, transfers)
                        if type(frame) is f.Chunk:
                            feed(frame)
                        else:
                            receive(frame)
        finally:
            del self._open[session]
            if not self._open:
                self._rounds.close()
            session.close()

    def _reports(self) -> Iterator[LoadReports]:
        return (session.reports for session in self._open)

    async def Describe(  # noqa: N802
        self, request: spb.DescribeRequest, context: object
    ) -> spb.DescribeResponse:
        """Tell what this worker is, right now."""
        docket = self._host.docket
        answer = spb.DescribeResponse(
            idle_seconds=docket.idle(),  # first: it is never more than the uptime
            uptime_seconds=docket.uptime(),
            draining=self._host.admission.draining,
            versions={
                "wool": VERSION,
                "python": platform.python_version(),
                "grpc": grpc.__version__,
                "protobuf": google.protobuf.__version__,
            },
        )
        pack_metadata(self._host.worker, answer.metadata)
        answer.load.active, answer.load.waiting = docket.load()
        _pack_totals(docket.tallies.totals(), answer.tallies)
        return answer

    async def Stop(  # noqa: N802
        self, request: spb.StopRequest, context: object
    ) -> spb.StopResponse:
        """Begin to drain."""
        grace = request.grace_seconds if request.HasField("grace_seconds") else None
        active = self._host.docket.active
        self._stop(grace, "asked by a client")
        return spb.StopResponse(active=active)


def _pack_totals(totals: Totals, message: spb.Tallies) -> None:
    for outcome, count in totals.outcomes.items():
        message.ended[outcome] = count
    message.refused.update(totals.refusals)
    message.task_seconds.bounds.extend(SECONDS)
    message.task_seconds.counts.extend(totals.tasks.counts)
    message.task_seconds.sum = totals.tasks.seconds


def _forget(payload: f.Payload, transfers: Transfers) -> None:
    if isinstance(payload, Inbound):
        transfers.forget(payload)
        payload.fail(WoolError("the rest of the value will not be sent"))


def _end_mute(serving: asyncio.Task[None], pumping: asyncio.Task[None]) -> None:
    """End a session in which nothing can be said any more."""
    failure = _failure(pumping)
    if failure is not None:
        logs.get().error("session_broken", exc_info=failure)
        serving.cancel()


def _failure(pumping: asyncio.Task[None]) -> BaseException | None:
    """Return why nothing can be said any more; that the client is gone does not count."""
    if not pumping.done() or pumping.cancelled():
        return None
    exc = pumping.exception()
    return None if isinstance(exc, cast(Any, grpc.aio).BaseError) else exc
