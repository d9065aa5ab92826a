"""A client of one worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final, Self, cast

import grpc.aio

from wool.runtime.checks import checked_count, checked_credentials, checked_seconds
from wool.runtime.loadbalancer.placed import PlacedTask
from wool.runtime.loadbalancer.roundrobin import RoundRobinLoadBalancer
from wool.runtime.routine.order import order_of
from wool.runtime.routine.taking import taken
from wool.runtime.routine.watched import failing
from wool.runtime.scope import PoolScopeFactory
from wool.runtime.worker.calls import Call
from wool.runtime.worker.describe import DESCRIBE_SECONDS, Description, describe
from wool.runtime.worker.gateway import Proxy
from wool.runtime.worker.members import Member
from wool.runtime.worker.peer import State
from wool.runtime.worker.prospects import Supply
from wool.runtime.worker.session import Session
from wool.runtime.worker.targets import checked_target
from wool_common.channels import channel
from wool_common.credentials import CredentialsLike
from wool_common.deadline import Deadline
from wool_common.errors import (
    HandshakeError,
    RpcError,
    StatusCode,
    TransientRpcError,
    VersionMismatch,
    WoolError,
)
from wool_common.frames import Load
from wool_common.rpc import translated
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

STOP_SECONDS: Final = 10.0
"""What a worker may take to answer that it will stop."""

NEEDS_ANOTHER: Final = frozenset({State.GONE, State.CLOSED})
"""Where the worker that was here is not the one that would answer now."""


class WorkerConnection:
    """
    A client of the one worker at *target*; nothing is dialled before it is asked something.

    At most *limit* tasks are under way at a time, others wait. Belongs to the event loop
    that uses it first, and has to be closed, best by `async with`.

    Raises:
        TypeError, ValueError: an argument is wrong; the text names it.
    """

    def __init__(
        self,
        target: str,
        *,
        credentials: CredentialsLike | None = None,
        limit: int | None = None,
    ) -> None:
        self.target = checked_target("target", target)
        self._credentials = checked_credentials(credentials)
        self._places = None
        if limit is not None:
            self._places = asyncio.Semaphore(checked_count("limit", limit, least=1, unit="tasks"))
        self._proxy: Proxy | None = None
        self._member: Member | None = None
        self._reaching = asyncio.Lock()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def load(self) -> Load:
        """How busy the worker last said it was."""
        return Load(0, 0) if self._member is None else self._member.load

    async def dispatch(
        self, task: PlacedTask, *, timeout: float | None = None
    ) -> AsyncGenerator[object, object]:
        """
        Send *task* and return its results once the worker has accepted it.

        A coroutine function has one result. The caller has to close what is returned; that
        cancels a task which has not ended. *timeout*, in seconds, is for being accepted.

        Raises:
            RpcError: it did not start there; TransientRpcError where another moment may do.
            WorkerLost: it may have, and nothing more is known.
        """
        deadline = _deadline(timeout)
        proxy = self._opened()
        caller = proxy.caller()
        order = order_of(caller, task)
        call = Call(order, caller)
        with failing(order.watched):
            try:
                async with asyncio.timeout(_left(deadline)):
                    member, session = await self._free(call, proxy)
            except TimeoutError:
                details = f"the worker could not be reached within {timeout:.3g} s"
                raise self._error(details, StatusCode.DEADLINE_EXCEEDED) from None
            session.submit(call)
            return await taken(call, member, _left(deadline))

    async def describe(self, *, timeout: float = DESCRIBE_SECONDS) -> Description:
        """
        Return what the worker says about itself now.

        Raises:
            RpcError: it cannot be spoken to, or not within *timeout* seconds.
        """
        return await describe(self.target, self._credentials, checked_seconds("timeout", timeout))

    async def idle(self, *, timeout: float = DESCRIBE_SECONDS) -> float:
        """Return for how many seconds nothing has run on the worker; 0 where something does."""
        return (await self.describe(timeout=timeout)).idle

    async def stop(self, *, grace: float | None = None, timeout: float = STOP_SECONDS) -> None:
        """
        Ask the worker to end; it takes no more tasks, and has agreed when this returns.

        What runs there has *grace* seconds to finish; None leaves that to the worker.

        Raises:
            ValueError: *grace* is negative.
            RpcError: it did not answer within *timeout* seconds.
        """
        if grace is not None and not grace >= 0:
            raise ValueError(f"grace must not be negative, not {grace!r}")
        link = channel(self.target, self._credentials)
        try:
            stub = sgrpc.WorkerServiceStub(link)
            request = spb.StopRequest(grace_seconds=grace)
            await stub.Stop(request, timeout=checked_seconds("timeout", timeout))
        except grpc.aio.AioRpcError as exc:
            raise translated(exc, self.target, self._credentials) from exc
        finally:
            await link.close()

    async def close(self) -> None:
        """End the session; tasks that still run are cancelled. May be called twice."""
        self._closed = True
        proxy, self._proxy = self._proxy, None
        if proxy is not None:
            await proxy.aclose()

    def _opened(self) -> Proxy:
        if self._closed:
            raise RuntimeError(f"the connection to {self.target} is closed")
        if self._proxy is None:
            balancer = RoundRobinLoadBalancer()
            self._proxy = Proxy(
                balancer=balancer,
                home=asyncio.get_running_loop(),
                credentials=self._credentials,
                quorum=0,
                quorum_timeout=None,
                subset=None,
                supply=Supply.FIXED,
            )
            self._proxy.scope = PoolScopeFactory(self._proxy.id, balancer).payload()
        return self._proxy

    async def _free(self, call: Call, proxy: Proxy) -> tuple[Member, Session]:
        """Return the worker once *call* has a place there."""
        if self._places is None:
            return await self._reached(proxy)
        await self._places.acquire()
        call.on_end = self._places.release
        try:
            return await self._reached(proxy)
        except BaseException:
            self._places.release()
            raise

    async def _reached(self, proxy: Proxy) -> tuple[Member, Session]:
        """Return the worker, with a session that takes tasks."""
        async with self._reaching:
            member = self._member
            if member is None or member.state in NEEDS_ANOTHER:
                found = (await describe(self.target, self._credentials)).metadata
                if member is not None:
                    proxy.leave(member.metadata.uid)
                proxy.join(found)
                member = self._member = cast(Member, proxy.member(found.uid))
        while not member.usable:
            with proxy.news.one() as waiter:
                if proxy.closed:
                    raise RuntimeError(f"the connection to {self.target} was closed")
                if member.draining:
                    raise self._error("the worker is draining: it takes no new tasks")
                if member.failures or not member.promising:
                    raise self._problem(member)
                if not member.usable:
                    await waiter.told
        session = cast(Session, member.session)
        if session.congested:
            await session.room()
        return member, session

    def _problem(self, member: Member) -> WoolError:
        if member.state is State.INCOMPATIBLE:
            return VersionMismatch(member.reason)
        if member.state is State.UNTRUSTED:
            return HandshakeError(StatusCode.UNAVAILABLE, member.reason, address=self.target)
        return self._error(member.reason)

    def _error(self, details: str, code: StatusCode = StatusCode.UNAVAILABLE) -> RpcError:
        return TransientRpcError(code, details, address=self.target)


def _deadline(timeout: float | None) -> Deadline | None:
    return None if timeout is None else Deadline.after(checked_seconds("timeout", timeout))


def _left(deadline: Deadline | None) -> float | None:
    return None if deadline is None else deadline.remaining()
