from collections.abc import AsyncIterator, Awaitable

from grpc import aio

from wool_protocol.discovery.v1 import discovery_pb2

class DiscoveryServiceStub:
    def __init__(self, channel: aio.Channel) -> None: ...
    Watch: aio.UnaryStreamMultiCallable[discovery_pb2.WatchRequest, discovery_pb2.WatchResponse]
    Announce: aio.UnaryUnaryMultiCallable[discovery_pb2.AnnounceRequest, discovery_pb2.AnnounceResponse]
    Withdraw: aio.UnaryUnaryMultiCallable[discovery_pb2.WithdrawRequest, discovery_pb2.WithdrawResponse]

class DiscoveryServiceServicer:
    def Watch(self, request: discovery_pb2.WatchRequest, context: aio.ServicerContext[discovery_pb2.WatchRequest, discovery_pb2.WatchResponse]) -> AsyncIterator[discovery_pb2.WatchResponse] | Awaitable[None]: ...
    async def Announce(self, request: discovery_pb2.AnnounceRequest, context: aio.ServicerContext[discovery_pb2.AnnounceRequest, discovery_pb2.AnnounceResponse]) -> discovery_pb2.AnnounceResponse: ...
    async def Withdraw(self, request: discovery_pb2.WithdrawRequest, context: aio.ServicerContext[discovery_pb2.WithdrawRequest, discovery_pb2.WithdrawResponse]) -> discovery_pb2.WithdrawResponse: ...

def add_DiscoveryServiceServicer_to_server(
    servicer: DiscoveryServiceServicer, server: aio.Server
) -> None: ...
