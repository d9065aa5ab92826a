"""Numbers that lead to the traces behind them."""

from __future__ import annotations

import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import traced_routines as r
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families,  # pyright: ignore[reportUnknownVariableType]
)
from traced_workers import Client, pool_of, tracing_client

import wool.metrics

OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@pytest.fixture
def client() -> Generator[Client]:
    """Trace this process."""
    with tracing_client() as found:
        yield found


def scraped(url: str, accept: str) -> tuple[str, str]:
    """Return the kind and the text of the page at *url*."""
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def exemplars(text: str) -> dict[str, Any]:
    """Return the exemplars of how long dispatches of `echo` took, by phase."""
    return {
        sample.labels["phase"]: sample.exemplar
        for family in text_string_to_metric_families(text)
        if family.name == "wool_dispatch_seconds"
        for sample in family.samples
        if sample.exemplar is not None and sample.labels["routine"] == "traced_routines.echo"
    }


async def test_the_histogram_of_dispatches_names_traces(client: Client, tmp_path: Path) -> None:
    """Whoever asks for OpenMetrics is told of a trace for each bucket that has one."""
    with wool.metrics.serve(0) as exposure:
        assert exposure.url is not None
        async with pool_of(tmp_path, "a"):
            await r.echo(1)
        (call,) = client.spans()
        kind, text = scraped(exposure.url, OPEN_METRICS)
        plain_kind, plain = scraped(exposure.url, "text/plain")

    found = exemplars(text)
    assert kind.startswith("application/openmetrics-text")
    assert set(found) == {"pick", "serialize", "wait", "run", "deserialize", "total"}
    assert {"0x" + one.labels["trace_id"] for one in found.values()} == {call.trace}
    assert {"0x" + one.labels["span_id"] for one in found.values()} == {call.span}
    assert found["total"].value >= max(one.value for one in found.values()) > 0
    assert float(found["total"].timestamp) == pytest.approx(call.ended / 1e9, abs=5)
    assert plain_kind.startswith("text/plain")
    assert "trace_id" not in plain


async def test_what_is_not_traced_has_no_exemplar(tmp_path: Path) -> None:
    """OpenMetrics is answered all the same."""
    with wool.metrics.serve(0) as exposure:
        assert exposure.url is not None
        async with pool_of(tmp_path, "a", flags=()):
            await r.headers()
        _, text = scraped(exposure.url, OPEN_METRICS)

    assert 'routine="traced_routines.headers"' in text
    assert not [line for line in text.splitlines() if "headers" in line and "trace_id" in line]
