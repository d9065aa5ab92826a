"""Queries that dashboards of the gRPC ecosystem bring along, on a real Prometheus."""

from __future__ import annotations

import asyncio
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import metered_routines as r
import pytest
from scraped import fetched, worker

import wool

pytestmark = pytest.mark.docker

CONFIG: Final = """\
global: {{scrape_interval: 250ms}}
scrape_configs:
  - job_name: wool
    static_configs: [{{targets: ["{target}"]}}]
"""

SECONDS: Final = 30.0
SERVICE: Final = 'grpc_service="wool.worker.v1.WorkerService"'

# As they stand in the README of go-grpc-prometheus and in the dashboards made from it.
STOCK: Final = {
    "request inbound rate": f"sum(rate(grpc_server_started_total{{{SERVICE}}}[1m])) by (grpc_service)",
    "unary request error rate": (
        f'sum(rate(grpc_server_handled_total{{{SERVICE},grpc_type="unary",grpc_code!="OK"}}[1m]))'
        " by (grpc_service)"
    ),
    "unary request error percentage": (
        f'sum(rate(grpc_server_handled_total{{{SERVICE},grpc_type="unary",grpc_code!="OK"}}[1m]))'
        " by (grpc_service) / "
        f'sum(rate(grpc_server_started_total{{{SERVICE},grpc_type="unary"}}[1m]))'
        " by (grpc_service) * 100.0"
    ),
    "average response stream size": (
        f'sum(rate(grpc_server_msg_sent_total{{{SERVICE},grpc_type="bidi_stream"}}[10m]))'
        " by (grpc_service)"
    ),
    "99%-tile latency of unary requests": (
        "histogram_quantile(0.99, sum(rate(grpc_server_handling_seconds_bucket"
        f'{{{SERVICE},grpc_type="unary"}}[5m])) by (grpc_service, le))'
    ),
    "percentage of slow unary queries (>250ms)": (
        "100.0 - (sum(rate(grpc_server_handling_seconds_bucket"
        f'{{{SERVICE},grpc_type="unary",le="0.25"}}[5m])) by (grpc_service) / '
        f'sum(rate(grpc_server_handling_seconds_count{{{SERVICE},grpc_type="unary"}}[5m]))'
        " by (grpc_service)) * 100.0"
    ),
}


async def test_stock_queries_work_unchanged(
    tmp_path: Path, prometheus: Callable[[str], str]
) -> None:
    """Each parses, finds what it asks for, and gives a sensible number."""
    async with worker(tmp_path) as program:
        await program.event("worker_ready")
        target = program.url.removeprefix("http://").removesuffix("/metrics")
        url = await asyncio.to_thread(prometheus, CONFIG.format(target=target))
        async with wool.WorkerConnection(program.address) as connection:
            pool = wool.WorkerPool(discovery=wool.StaticDiscovery(program.address))
            async with asyncio.timeout(SECONDS), pool:
                while not all((answers := await answered(url)).values()):
                    await connection.describe()
                    await r.echo(1)

    values = {name: float(answer[0]["value"][1]) for name, answer in answers.items()}
    labels = {name: answer[0]["metric"] for name, answer in answers.items()}
    assert set(map(str, labels.values())) == {str({"grpc_service": "wool.worker.v1.WorkerService"})}
    assert values["request inbound rate"] > 0.0
    assert values["unary request error rate"] == values["unary request error percentage"] == 0.0
    assert values["average response stream size"] > 0.0
    assert 0.0 < values["99%-tile latency of unary requests"] < 5.0
    assert 0.0 <= values["percentage of slow unary queries (>250ms)"] <= 100.0


async def answered(url: str) -> dict[str, list[Any]]:
    """Return what Prometheus answers to each query; nothing where there is a division by zero."""
    found = await asyncio.gather(*(asyncio.to_thread(ask, url, q) for q in STOCK.values()))
    return dict(zip(STOCK, found, strict=True))


def ask(url: str, query: str) -> list[Any]:
    """Return the vector that *query* evaluates to."""
    page = fetched(f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    answer = json.loads(page)
    assert answer["status"] == "success", answer
    vector = answer["data"]["result"]
    return [] if any(sample["value"][1] == "NaN" for sample in vector) else vector
