"""Make a span of each task that runs on a worker."""

from __future__ import annotations

import time

from wool_common.metadata import WorkerMetadata
from wool_common.task import Task
from wool_common.traces import otel, words
from wool_common.traces.dispatches import address_of, note_error


class RunSpans:
    """
    Makes a server span of each task that runs here.

    It begins when the task came, is a child of the span that its caller has sent along, and
    is current for the routine, and so for the spans that the routine makes.
    """

    def __init__(self, tracer: otel.Tracer) -> None:
        self._tracer = tracer

    def begun(self, task: Task, worker: WorkerMetadata, *, stream: bool, waited: float) -> RunSpan:
        """Begin the span and make it current."""
        routine = task.routine
        context = otel.beyond(task.headers)
        span = self._tracer.start_span(
            routine,
            context,
            otel.SpanKind.SERVER,
            {words.SYSTEM: words.SCOPE, words.METHOD: routine},  # what samplers go by
            start_time=time.time_ns() - int(waited * 1e9),
        )
        if span.is_recording():
            span.set_attributes(
                {
                    words.ROUTINE: routine,
                    words.TASK: str(task.id),
                    words.ROOT_TASK: str(task.root),
                    words.POOL: task.pool,
                    words.WORKER: worker.uid,
                    words.STREAM: stream,
                    words.WAITED: waited,
                    **address_of(worker),
                }
            )
        if span.get_span_context().is_valid:
            otel.enter(span, context)
        return RunSpan(span)


class RunSpan:
    """The span of one task."""

    __slots__ = ("_error", "_span")

    def __init__(self, span: otel.Span) -> None:
        self._span = span
        self._error = False

    def raised(self, error: BaseException) -> None:
        """Note what the routine has raised."""
        if self._span.is_recording():
            self._error = True
            note_error(self._span, error, "raised")

    def ended(self, outcome: str, seconds: float) -> None:
        """End the span; a cancellation that was asked for is no failure of the worker."""
        span = self._span
        if not span.is_recording():
            return
        span.set_attribute(words.OUTCOME, outcome)
        if outcome == "lost" and not self._error:
            note_error(span, None, outcome)
        span.end()
