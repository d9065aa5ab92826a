"""Workers that are told by OpenTelemetry's own variables where spans go."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import traced_routines as r
from collector import collecting
from started_workers import started
from traced_workers import HERE, pool_of, spans_of

import wool


async def test_the_variables_of_opentelemetry_say_where_spans_go(tmp_path: Path) -> None:
    """A worker that ends hands over what it still holds."""
    async with pool_of(tmp_path, "a", flags=("--traces",), OTEL_TRACES_EXPORTER="console") as (
        worker,
    ):
        await r.echo(1)
        code = await worker.stopped()

    (span,) = [json.loads(text) for text in _objects(worker.printed.decode())]
    assert (code, span["name"], span["kind"]) == (0, "traced_routines.echo", "SpanKind.SERVER")
    resource = span["resource"]["attributes"]
    assert (resource["service.name"], resource["service.instance.id"]) == ("wool-worker", "a")


async def test_spans_reach_a_collector_by_otlp(tmp_path: Path) -> None:
    """The endpoint of OpenTelemetry's own variable is where they go, once the worker ends."""
    with collecting() as collector:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
        async with pool_of(tmp_path, "a", flags=("--traces",), **variables) as (worker,):
            await r.echo(1)
            assert await worker.stopped() == 0
        names = await asyncio.to_thread(collector.names)

    assert names == [("wool-worker", "traced_routines.echo")]


async def test_a_service_may_be_named(tmp_path: Path) -> None:
    """What the variables say of the service outdoes what the worker would."""
    variables = {"OTEL_TRACES_EXPORTER": "console", "OTEL_SERVICE_NAME": "render"}
    async with pool_of(tmp_path, "a", flags=("--traces",), **variables) as (worker,):
        await r.echo(1)
        await worker.stopped()

    (span,) = [json.loads(text) for text in _objects(worker.printed.decode())]
    assert span["resource"]["attributes"]["service.name"] == "render"


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        (
            {"OTEL_TRACES_EXPORTER": "carrier-pigeon"},
            "there is no exporter of traces called carrier-pigeon: pip install"
            " opentelemetry-exporter-otlp, or set OTEL_TRACES_EXPORTER; `none` leaves the provider"
            " to modules that are imported",
        ),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "morse"},
            "OTEL_EXPORTER_OTLP_PROTOCOL must be one of grpc, http/protobuf, not 'morse'",
        ),
    ],
)
async def test_a_worker_that_cannot_send_spans_does_not_start(
    tmp_path: Path, variables: dict[str, str], reason: str
) -> None:
    """It was told to, so it says in one line what is missing."""
    with pytest.raises(EOFError, match="was not said") as told:
        async with started(tmp_path, "a", "--traces", modules=HERE, **variables):
            pass

    assert f"wool-worker: {reason}" in str(told.value).encode().decode("unicode_escape")


async def test_workers_of_a_pool_are_traced_where_the_environment_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider may be one that a module sets, which a routine needs."""
    monkeypatch.setenv("WOOL_TRACES", "on")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")

    async with wool.WorkerPool(size=1) as pool:
        (worker,) = pool.workers
        await spans_of(worker.uid)  # which is what sets it
        await asyncio.gather(r.echo(1), r.echo(2))
        found = await spans_of(worker.uid, "echo")

    assert [span.kind for span in found] == ["SERVER", "SERVER"]


def _objects(text: str) -> list[str]:
    """Return the JSON objects that stand in *text* one after the other."""
    decoder, found = json.JSONDecoder(), list[str]()
    text = text.strip()
    while text:
        _, end = decoder.raw_decode(text)
        found.append(text[:end])
        text = text[end:].lstrip()
    return found
