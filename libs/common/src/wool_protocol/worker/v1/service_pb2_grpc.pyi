from collections.abc import AsyncIterator, Awaitable

from grpc import aio

from wool_protocol.worker.v1 import service_pb2

class WorkerServiceStub:
    def __init__(self, channel: aio.Channel) -> None: ...
    Session: aio.StreamStreamMultiCallable[service_pb2.SessionRequest, service_pb2.SessionResponse]
    Describe: aio.UnaryUnaryMultiCallable[service_pb2.DescribeRequest, service_pb2.DescribeResponse]
    Stop: aio.UnaryUnaryMultiCallable[service_pb2.StopRequest, service_pb2.StopResponse]

class WorkerServiceServicer:
    def Session(self, request_iterator: AsyncIterator[service_pb2.SessionRequest], context: aio.ServicerContext[service_pb2.SessionRequest, service_pb2.SessionResponse]) -> AsyncIterator[service_pb2.SessionResponse] | Awaitable[None]: ...
    async def Describe(self, request: service_pb2.DescribeRequest, context: aio.ServicerContext[service_pb2.DescribeRequest, service_pb2.DescribeResponse]) -> service_pb2.DescribeResponse: ...
    async def Stop(self, request: service_pb2.StopRequest, context: aio.ServicerContext[service_pb2.StopRequest, service_pb2.StopResponse]) -> service_pb2.StopResponse: ...

def add_WorkerServiceServicer_to_server(
    servicer: WorkerServiceServicer, server: aio.Server
) -> None: ...
