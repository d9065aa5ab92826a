"""Workers and clients that show certificates to one another."""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import wool


@wool.routine
async def my_routine() -> str:
    return "done"


async def main():
    creds = wool.WorkerCredentials.from_files(
        ca_path="certs/ca-cert.pem",
        key_path="certs/worker-key.pem",
        cert_path="certs/worker-cert.pem",
        mutual=True,
    )

    async with wool.WorkerPool(size=4, credentials=creds):
        result = await my_routine()

    print(result)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    # An authority of one's own, and a certificate for workers: `wool certs certs`.
    command = [sys.executable, "-m", "wool.cli", "certs", "certs"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    Path("certs/ca.pem").rename("certs/ca-cert.pem")
    Path("certs/worker.pem").rename("certs/worker-cert.pem")
    asyncio.run(main())
    os.chdir("/")
