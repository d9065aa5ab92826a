"""Speak to OpenTelemetry; the one module that imports it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Final

from wool_common.metadata import VERSION
from wool_common.traces.words import SCOPE

try:
    from opentelemetry import context as contexts
    from opentelemetry import propagate, trace
    from opentelemetry.context import Context as Context
    from opentelemetry.trace import Link as Link
    from opentelemetry.trace import Span as Span
    from opentelemetry.trace import SpanContext as SpanContext
    from opentelemetry.trace import SpanKind as SpanKind
    from opentelemetry.trace import Status as Status
    from opentelemetry.trace import StatusCode as StatusCode
    from opentelemetry.trace import Tracer as Tracer
    from opentelemetry.trace import TracerProvider as TracerProvider
except ImportError as exc:
    raise ImportError("OpenTelemetry needs an extra: pip install 'wool[otel]'") from exc

SCHEMA: Final = "https://opentelemetry.io/schemas/1.40.0"
"""The version of the semantic conventions."""

Ids = tuple[str, str]
"""A trace and a span, in hexadecimal digits."""


def tracer_of(provider: TracerProvider | None) -> Tracer:
    """Return what makes spans for *provider*, by default the process's, also one set later."""
    return trace.get_tracer(SCOPE, VERSION, provider, SCHEMA)


def has_provider() -> bool:
    """Tell whether somebody has set a provider for the process."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def ids_of(span: Span) -> Ids | None:
    """Return the ids of *span*, None where it has none."""
    about = span.get_span_context()
    if not about.is_valid:
        return None
    return trace.format_trace_id(about.trace_id), trace.format_span_id(about.span_id)


def current_ids() -> Ids | None:
    """Return the ids of the span that is current here, None where there is none."""
    return ids_of(trace.get_current_span())


def current_context() -> SpanContext:
    """Return what the span that is current here is known by; it may be invalid."""
    return trace.get_current_span().get_span_context()


def above(headers: Mapping[str, str]) -> Context:
    """Return the context of a span made here: the current one's, or that of *headers*."""
    here = contexts.get_current()
    if not headers or trace.get_current_span(here).get_span_context().is_valid:
        return here
    return propagate.extract(headers, here)


def beyond(headers: Mapping[str, str]) -> Context:
    """Return the context that *headers* have brought from another process."""
    return propagate.extract(headers)


def onward(headers: Mapping[str, str], span: Span, context: Context) -> Mapping[str, str]:
    """Return *headers* with *span*, and what else of *context* travels, in place of the old."""
    if not span.get_span_context().is_valid:
        return headers  # nobody makes spans: what came passes on
    carried: dict[str, str] = {}
    if headers:
        stale = propagate.get_global_textmap().fields
        carried = {name: value for name, value in headers.items() if name not in stale}
    propagate.inject(carried, trace.set_span_in_context(span, context))
    return carried


def enter(span: Span, context: Context) -> None:
    """Make *span* current, in *context*, for as long as this task lives."""
    contexts.attach(trace.set_span_in_context(span, context))


def sdk_provider(exporters: list[EntryPoint], resource: Mapping[str, str]) -> TracerProvider:
    """
    Set a provider of OpenTelemetry's SDK for the process, and return it.

    What its `OTEL_*` variables say of resource, sampler, limits and batches is followed.

    Raises:
        ImportError: the SDK, or what an exporter needs, is not installed.
    """
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider as SdkProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    made = SdkProvider(resource=Resource.create(dict(resource)))
    for exporter in exporters:
        made.add_span_processor(BatchSpanProcessor(exporter.load()()))
    trace.set_tracer_provider(made)
    return made


def flush(milliseconds: int) -> None:
    """Have the process's provider hand over the spans that it holds, where it can."""
    force = getattr(trace.get_tracer_provider(), "force_flush", None)
    if force is not None:
        force(milliseconds)
