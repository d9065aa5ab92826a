"""The gRPC service of a fake worker."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol, cast

import grpc
import grpc.aio

from wool.testing.session import FakeSession, Script
from wool_common import frames as f
from wool_common.channels import EOF
from wool_common.convert_client import read_client
from wool_common.convert_values import pack_metadata
from wool_common.convert_worker import PUT_WORKER
from wool_common.errors import ProtocolViolation, WoolError
from wool_common.metadata import WorkerMetadata
from wool_common.misfit import misfit
from wool_common.outbox import Outbox
from wool_common.transfers import Transfers
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

Context = grpc.aio.ServicerContext[spb.SessionRequest, spb.SessionResponse]


class Fake(Script, Protocol):
    """What the service asks the fake worker it belongs to."""

    @property
    def here(self) -> WorkerMetadata: ...

    @property
    def load(self) -> f.Load: ...

    @property
    def draining(self) -> bool: ...

    @property
    def sessions(self) -> set[FakeSession]: ...

    def drain(self) -> None: ...


class FakeService(sgrpc.WorkerServiceServicer):
    """Answers clients as the fake worker's script says."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake

    async def Session(  # noqa: N802 - named by the contract
        self, request_iterator: object, context: Context
    ) -> None:
        """Carry every task of one client."""
        transfers = Transfers()
        outbox = Outbox(spb.SessionResponse, PUT_WORKER, transfers)
        pumping = asyncio.create_task(outbox.pump(context.write), name="wool-fake-pump")
        session = FakeSession(self._fake, outbox.say)
        reading = asyncio.create_task(
            self._read(context, transfers, outbox, session), name="wool-fake-read"
        )
        try:
            await asyncio.wait([reading, session.lost], return_when=asyncio.FIRST_COMPLETED)
            if session.lost.done():
                await context.abort(grpc.StatusCode.UNAVAILABLE, session.lost.result())
            reading.result()
            outbox.close()
            await pumping
        except ProtocolViolation as exc:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(exc))
        finally:
            self._fake.sessions.discard(session)
            session.ended.set()
            await session.aclose()
            for task in (reading, pumping):
                task.cancel()
            await asyncio.wait([reading, pumping])
            transfers.fail(WoolError("the session has ended"))

    async def Describe(  # noqa: N802
        self, request: spb.DescribeRequest, context: object
    ) -> spb.DescribeResponse:
        """Tell what this worker is."""
        fake = self._fake
        answer = spb.DescribeResponse(draining=fake.draining)
        pack_metadata(fake.here, answer.metadata)
        answer.load.active, answer.load.waiting = fake.load
        return answer

    async def Stop(  # noqa: N802
        self, request: spb.StopRequest, context: object
    ) -> spb.StopResponse:
        """Begin to drain."""
        self._fake.drain()
        return spb.StopResponse(active=sum(s.active for s in self._fake.sessions))

    async def _read(
        self,
        context: Context,
        transfers: Transfers,
        outbox: Outbox[spb.SessionResponse],
        session: FakeSession,
    ) -> None:
        welcomed = False
        while (request := cast(Any, await context.read())) is not EOF:
            for message in request.frames:
                frame = read_client(message, transfers)
                if isinstance(frame, f.Chunk):
                    transfers.feed(frame)
                elif welcomed:
                    session.receive(frame)
                elif not self._greet(frame, outbox, session):
                    return
                else:
                    welcomed = True

    def _greet(
        self, hello: f.ClientFrame, outbox: Outbox[spb.SessionResponse], session: FakeSession
    ) -> bool:
        """Welcome the client, or turn it away and return False."""
        fake = self._fake
        if not isinstance(hello, f.Hello):
            raise ProtocolViolation("a session begins with Hello")
        here = fake.here
        problem = misfit(hello, protocol=here.protocol, python=here.python, version=here.version)
        if problem is not None:
            outbox.say(f.Turned(problem))
            return False
        outbox.say(f.Welcome(fake.here))
        outbox.say(fake.load)
        if fake.draining:
            outbox.say(f.Draining())
        fake.sessions.add(session)
        return True
