"""A collector of spans, which OTLP's exporter sends over HTTP."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """Keeps what was sent to *endpoint*."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.requests: Queue[ExportTraceServiceRequest] = Queue()

    def names(self, limit: float = 30.0) -> list[tuple[str, str]]:
        """Return service and name of each span of the next request; waits for it on a thread."""
        request = self.requests.get(timeout=limit)
        return [
            (attribute.value.string_value, span.name)
            for sent in request.resource_spans
            for attribute in sent.resource.attributes
            if attribute.key == "service.name"
            for scope in sent.scope_spans
            for span in scope.spans
        ]


@contextmanager
def collecting() -> Generator[Collector]:
    """Take spans at a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["Content-Encoding"] == "gzip":
                body = gzip.decompress(body)
            if self.path == "/v1/traces":
                collector.requests.put(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever, name="collector")
        serving.start()
        try:
            yield collector
        finally:
            server.shutdown()
            serving.join()
