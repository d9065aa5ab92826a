"""A trace that passes through processes that know nothing of traces."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import traced_routines as r
from opentelemetry import baggage, context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState
from started_workers import started
from traced_workers import HERE, KEEPING, Client, pool_of, spans_of, tracing_client

import wool
import wool.traces
from wool_common.traces.switch import OTEL_SWITCH, SWITCH
from wool_common.watching import WATCHING

FAR = SpanContext(
    trace_id=0xABC,
    span_id=0xDEF,
    is_remote=True,
    trace_flags=TraceFlags(TraceFlags.SAMPLED),
    trace_state=TraceState([("vendor", "v1")]),
)


@pytest.fixture
def client() -> Generator[Client]:
    """Trace this process."""
    with tracing_client() as found:
        yield found


@pytest.fixture
def hidden(tmp_path: Path) -> Path:
    """Return a folder that hides OpenTelemetry from whoever looks there first."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    text = "raise ModuleNotFoundError('hidden', name='opentelemetry')\n"
    (folder / "opentelemetry.py").write_text(text)
    return folder


async def test_a_worker_without_opentelemetry_passes_a_trace_on(
    client: Client, tmp_path: Path, hidden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after it is below what came before it."""
    async with AsyncExitStack() as stack:
        with monkeypatch.context() as patch:
            patch.setenv("PYTHONPATH", str(hidden))
            plain = await stack.enter_async_context(started(tmp_path, "a", modules=HERE))
        keeping = await stack.enter_async_context(started(tmp_path, "b", *KEEPING, modules=HERE))
        found = wool.StaticDiscovery(plain.address, keeping.address)
        await stack.enter_async_context(wool.WorkerPool(discovery=found, quorum=2, lazy=False))

        await r.echo_at.options(worker="a")(1, "b")
        has_it = await r.imported.options(worker="a")("opentelemetry")
        call, _ = client.spans()
        (run,) = await spans_of("b", "echo")

    assert has_it is False
    assert (run.trace, run.parent) == (call.trace, call.span)


async def test_state_and_baggage_travel_as_far_as_the_trace(client: Client, tmp_path: Path) -> None:
    """Headers are W3C's, each once, on every worker that the call passes through."""
    here = trace.set_span_in_context(NonRecordingSpan(FAR))
    token = context.attach(baggage.set_baggage("customer", "7", here))
    try:
        async with pool_of(tmp_path, "a", "b", flags=()):
            direct = await r.headers.options(worker="a")()
            nested = await r.headers_at.options(worker="a")("b")
    finally:
        context.detach(token)

    version, trace_id, _, flags = direct["traceparent"].split("-")
    assert (version, int(trace_id, 16), int(flags, 16) & 1) == ("00", 0xABC, 1)
    assert set(direct) == {"traceparent", "tracestate", "baggage"}
    assert set(nested) == {*direct, "wool-root"}
    assert nested["traceparent"].split("-")[1] == trace_id
    assert (nested["tracestate"], nested["baggage"]) == ("vendor=v1", "customer=7")


async def test_a_trace_that_is_not_sampled_is_not_kept_anywhere(
    client: Client, tmp_path: Path
) -> None:
    """The decision at its begin goes for every process."""
    unsampled = SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=True)
    with trace.use_span(NonRecordingSpan(unsampled)):
        async with pool_of(tmp_path, "a"):
            await r.echo(1)
            sent = await r.headers()
            at_a = await spans_of("a")

    assert sent["traceparent"].endswith("-00")
    assert (client.spans(), at_a) == ([], [])


@pytest.mark.parametrize("flags", [(), ("--traces",)])
async def test_nothing_is_imported_that_nobody_asked_for(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """A worker imports OpenTelemetry if told to trace, and not where all is switched off."""
    variables = {"OTEL_TRACES_EXPORTER": "none", **({OTEL_SWITCH: "true"} if flags else {})}
    async with pool_of(tmp_path, "a", flags=flags, **variables):
        found = await r.imported("opentelemetry")
        await r.echo(1)

    assert found is False


def test_a_client_imports_nothing_before_it_is_asked_to() -> None:
    """Not even a pool brings OpenTelemetry along."""
    code = (
        "import asyncio, sys, wool\n"
        "async def main():\n"
        "    async with wool.WorkerPool(size=1): pass\n"
        "asyncio.run(main())\n"
        "assert 'opentelemetry' not in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(("name", "word"), [(SWITCH, "off"), (OTEL_SWITCH, "true")])
def test_one_switch_turns_all_of_it_off(
    monkeypatch: pytest.MonkeyPatch, name: str, word: str
) -> None:
    """Whatever the code says."""
    monkeypatch.setenv(name, word)

    with wool.traces.start():
        found = WATCHING.listener, WATCHING.runs

    assert found == (None, ())


def test_without_the_extra_it_is_told_what_to_install(hidden: Path) -> None:
    """In one line, by the one module that needs it."""
    done = subprocess.run(
        [sys.executable, "-c", "import wool.traces"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(hidden)},
    )

    assert done.stderr.endswith(
        "ImportError: OpenTelemetry needs an extra: pip install 'wool[otel]'\n"
    )
