"""Say in the words of this project what gRPC says of a call."""

from __future__ import annotations

import grpc.aio

from wool_common.credentials import CredentialsLike
from wool_common.errors import TRANSIENT, HandshakeError, RpcError, StatusCode, TransientRpcError
from wool_common.handshake import handshake_problem


def translated(
    exc: grpc.aio.AioRpcError, address: str, credentials: CredentialsLike | None
) -> RpcError:
    """Return the Wool error that says what gRPC's says; *credentials* are this side's."""
    code = StatusCode[exc.code().name]
    problem = handshake_problem(exc.details() or "", address, credentials)
    if code is StatusCode.UNAVAILABLE and problem is not None:
        return HandshakeError(code, problem, address=address)
    kind = TransientRpcError if code in TRANSIENT else RpcError
    return kind(code, exc.details() or "", address=address)
