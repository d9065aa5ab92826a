"""Check whether workers can be started, and spoken to."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from typing import Final

import wool
from wool.cli.findings import Finding, Health
from wool.runtime.worker.folder import private_folder
from wool_common.channels import server
from wool_common.describe import describe
from wool_common.errors import RpcError
from wool_protocol.worker.v1 import service_pb2 as spb
from wool_protocol.worker.v1 import service_pb2_grpc as sgrpc

START_SECONDS: Final = 30.0
SLOW_SECONDS: Final = 5.0


@wool.routine
async def here() -> int:
    """Return the id of the process that runs this."""
    return os.getpid()


class _Echo(sgrpc.WorkerServiceServicer):
    """Answers, and does nothing else."""

    async def Describe(  # noqa: N802 - named by the contract
        self, request: spb.DescribeRequest, context: object
    ) -> spb.DescribeResponse:
        answer = spb.DescribeResponse()
        answer.metadata.uid = "doctor"
        return answer


async def loopback() -> Finding:
    """Look whether gRPC comes through on this machine, by both ways."""
    import google.protobuf
    import grpc

    versions = f"grpc {grpc.__version__}, protobuf {google.protobuf.__version__}"
    folder = private_folder()
    answering = server()
    sgrpc.add_WorkerServiceServicer_to_server(_Echo(), answering)
    path = f"unix:{folder / 'doctor'}"
    answering.add_insecure_port(path)
    port = answering.add_insecure_port("127.0.0.1:0")
    await answering.start()
    try:
        for address in (path, f"127.0.0.1:{port}"):
            await describe(address)
    except RpcError as exc:
        return Finding(
            Health.BAD,
            f"{versions}; nothing comes through: {exc}",
            "look for a firewall or a sandbox that keeps a process from speaking to itself",
        )
    finally:
        await answering.stop(None)
        shutil.rmtree(folder, ignore_errors=True)
    return Finding(Health.GOOD, f"{versions}; a Unix socket and 127.0.0.1 work")


async def worker() -> Finding:
    """Look whether a worker of one's own runs a routine."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(START_SECONDS), wool.WorkerPool(size=1) as pool:
            pid = await pool.run(here)
    except TimeoutError:
        return Finding(
            Health.BAD,
            f"no worker ran a routine within {START_SECONDS:g} s",
            "start one by hand and read what it says: wool worker --port 0",
        )
    spent = time.monotonic() - began
    text = f"started, ran a routine (process {pid}) and ended in {spent:.1f} s"
    if spent > SLOW_SECONDS:
        return Finding(Health.POOR, text, "the machine is slow or busy; keep pools open for long")
    return Finding(Health.GOOD, text)
