"""Make a span of each dispatch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from wool_common.metadata import WorkerMetadata
from wool_common.routine_names import routine_of
from wool_common.traces import otel, words
from wool_common.traces.hosts import host_and_port
from wool_common.watching import Dispatch, Failure

LINKS: Final = 100
"""Spans that resume one generator and are linked; SDKs keep 128 links unless told otherwise."""


class Traced:
    """The span of one dispatch."""

    __slots__ = ("ids", "links", "span", "steps")

    def __init__(self, span: otel.Span) -> None:
        self.span = span
        self.ids = otel.ids_of(span)
        self.links: set[int] = set()
        self.steps = 0


class DispatchSpans:
    """
    Makes a client span of each dispatch, and has its context travel along.

    The span covers every attempt; each is an event. Of a generator it lasts until the
    generator has ended, and is linked to the spans that resume it.
    """

    hears_begin = True
    hears_steps = True

    def __init__(self, tracer: otel.Tracer) -> None:
        self._tracer = tracer

    def begun(self, dispatch: Dispatch, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Begin the span, and return *headers* with its context."""
        routine = routine_of(dispatch.tag)
        context = otel.above(headers)
        span = self._tracer.start_span(
            routine,
            context,
            otel.SpanKind.CLIENT,
            {words.SYSTEM: words.SCOPE, words.METHOD: routine},  # what samplers go by
            start_time=moment(dispatch.begun),
        )
        if span.is_recording():
            task = str(UUID(bytes=dispatch.key))
            span.set_attributes({words.ROUTINE: routine, words.TASK: task})
            dispatch.trace = traced = Traced(span)
            # The span it was called in is its parent already.
            traced.links.add(otel.current_context().span_id)
        return otel.onward(headers, span, context)

    def failed(self, dispatch: Dispatch, failure: Failure, reason: str) -> None:
        """Note an attempt that has come to nothing, and why."""
        traced = dispatch.trace
        if isinstance(traced, Traced):
            about = {**worker_of(dispatch.worker), words.ATTEMPT: dispatch.failures}
            traced.span.add_event(f"{words.ATTEMPT}.{failure}", {**about, words.REASON: reason})

    def resumed(self, dispatch: Dispatch) -> None:
        """Link the span of whoever resumes the generator, once for each."""
        traced = dispatch.trace
        if not isinstance(traced, Traced):
            return
        traced.steps += 1
        consumer = otel.current_context()
        links = traced.links
        if consumer.is_valid and consumer.span_id not in links and len(links) <= LINKS:
            links.add(consumer.span_id)
            traced.span.add_link(consumer, {words.STEP: traced.steps})

    def ended(self, dispatch: Dispatch) -> None:
        """End the span, with how the dispatch ended."""
        traced = dispatch.trace
        if not isinstance(traced, Traced):
            return
        span, outcome = traced.span, dispatch.outcome or "cancelled"
        about = worker_of(dispatch.worker)
        if dispatch.failure is None and dispatch.attempts:
            event = {**about, words.ATTEMPT: dispatch.attempts}
            span.add_event(words.TAKEN, event, moment(dispatch.sent))
        span.set_attributes(
            {
                **about,
                **address_of(dispatch.worker),
                words.OUTCOME: outcome,
                words.ATTEMPTS: dispatch.attempts,
            }
        )
        if outcome != "returned":
            note_error(span, dispatch.error, outcome)
        span.end(moment(dispatch.ended))


def moment(at: float) -> int:
    """Return the nanoseconds since the epoch at which `time.perf_counter` was *at*."""
    return time.time_ns() - int((time.perf_counter() - at) * 1e9)


def worker_of(worker: WorkerMetadata | None) -> dict[str, str | int]:
    """Return the attribute that names *worker*."""
    return {} if worker is None else {words.WORKER: worker.uid}


def address_of(worker: WorkerMetadata | None) -> dict[str, str | int]:
    """Return the attributes that tell where *worker* is."""
    if worker is None:
        return {}
    host, port = host_and_port(worker.address)
    return {words.ADDRESS: host} if port is None else {words.ADDRESS: host, words.PORT: port}


def note_error(span: otel.Span, error: BaseException | None, outcome: str) -> None:
    """Note that *span* has failed, with *error* where there is one."""
    if error is None:
        span.set_attribute(words.ERROR_TYPE, outcome)
        span.set_status(otel.Status(otel.StatusCode.ERROR, outcome))
        return
    if outcome != "cancelled":
        span.record_exception(error)
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ != "builtins":
        name = f"{kind.__module__}.{name}"
    span.set_attribute(words.ERROR_TYPE, name)
    span.set_status(otel.Status(otel.StatusCode.ERROR, f"{kind.__name__}: {error}"))
