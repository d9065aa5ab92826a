"""Hold the examples to the snippets that the project was announced with."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

QUICK_START = """\
import asyncio
import wool


@wool.routine
async def add(x: int, y: int) -> int:
    return x + y


async def main():
    async with wool.WorkerPool(size=4):
        result = await add(1, 2)
        print(result)  # 3


asyncio.run(main())
"""

NESTED = """\
@wool.routine
async def fib(n: int) -> int:
    if n <= 1:
        return n
    async with asyncio.TaskGroup() as tg:
        a = tg.create_task(fib(n - 1))
        b = tg.create_task(fib(n - 2))
    return a.result() + b.result()
"""

STREAMING = """\
@wool.routine
async def fib(n: int):
    a, b = 0, 1
    for _ in range(n):
        yield a
        a, b = b, a + b
"""

DEFAULT_POOL = """\
async with wool.WorkerPool():
    result = await my_routine()
"""

EPHEMERAL_POOL = """\
async with wool.WorkerPool("gpu-capable", size=4):
    result = await gpu_task()
"""

DURABLE_POOL = """\
async with wool.WorkerPool(discovery=wool.LanDiscovery()):
    result = await my_routine()
"""

HYBRID_POOL = """\
async with wool.WorkerPool(size=4, discovery=wool.LanDiscovery()):
    result = await my_routine()
"""

OWN_BALANCER = """\
async with wool.WorkerPool(size=4, loadbalancer=my_balancer):
    result = await my_routine()
"""

SECURITY = """\
creds = wool.WorkerCredentials.from_files(
    ca_path="certs/ca-cert.pem",
    key_path="certs/worker-key.pem",
    cert_path="certs/worker-cert.pem",
    mutual=True,
)

async with wool.WorkerPool(size=4, credentials=creds):
    result = await my_routine()
"""

ERROR_HANDLING = """\
try:
    result = await my_routine()
except ValueError as e:
    print(f"Task failed: {e}")
"""

PROMISED = {
    "01_quick_start": QUICK_START,
    "02_nested_routines": NESTED,
    "03_streaming": STREAMING,
    "04_default_pool": DEFAULT_POOL,
    "05_ephemeral_pool": EPHEMERAL_POOL,
    "06_error_handling": ERROR_HANDLING,
    "20_durable_pool": DURABLE_POOL,
    "21_hybrid_pool": HYBRID_POOL,
    "22_own_load_balancer": OWN_BALANCER,
    "23_credentials": SECURITY,
}


@pytest.mark.parametrize("name", PROMISED)
def test_snippet_stands_verbatim_in_an_example(name: str) -> None:
    """The example holds the snippet word for word, indented at most; so it is executed."""
    text = (EXAMPLES / f"{name}.py").read_text()

    depths = [textwrap.indent(PROMISED[name], "    " * depth) for depth in range(4)]
    assert any(f"\n{snippet}" in text for snippet in depths)
