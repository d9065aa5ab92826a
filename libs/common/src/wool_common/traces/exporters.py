"""Find what a worker sends its spans to, by OpenTelemetry's own variables."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from wool_common.errors import WoolError

GROUP: Final = "opentelemetry_traces_exporter"
"""Where packages of exporters tell of them."""

EXPORTER: Final = "OTEL_TRACES_EXPORTER"
PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
OTLP: Final[Mapping[str, tuple[str, ...]]] = {
    "grpc": ("otlp_proto_grpc",),
    "http/protobuf": ("otlp_proto_http",),
    "": ("otlp_proto_grpc", "otlp_proto_http"),
}
"""Exporters of OTLP, in the order in which they are tried, by protocol; "" where none is said."""


def chosen(environ: Mapping[str, str]) -> list[tuple[str, ...]] | None:
    """
    Return the exporters to use, each with those that will do as well.

    None stands for no provider at all: whoever wants one sets it.

    Raises:
        WoolError: the protocol is none that there is.
    """
    said = environ.get(EXPORTER, "").strip().lower() or "otlp"
    names = [name.strip() for name in said.split(",")]
    if names == ["none"]:
        return None
    protocol = next((word for name in PROTOCOLS if (word := environ.get(name, "").strip())), "")
    if "otlp" in names and protocol not in OTLP:
        known = ", ".join(word for word in OTLP if word)
        raise WoolError(f"{PROTOCOLS[1]} must be one of {known}, not {protocol!r}")
    return [OTLP[protocol] if name == "otlp" else (name,) for name in names]


def found(wanted: list[tuple[str, ...]]) -> list[EntryPoint]:
    """
    Return an installed exporter for each that is *wanted*.

    Raises:
        WoolError: there is none; the text tells what to install.
    """
    installed = {entry.name: entry for entry in entry_points(group=GROUP)}
    exporters: list[EntryPoint] = []
    for names in wanted:
        entry = next((installed[name] for name in names if name in installed), None)
        if entry is None:
            raise WoolError(
                f"there is no exporter of traces called {' or '.join(names)}: pip install"
                f" opentelemetry-exporter-otlp, or set {EXPORTER}; `none` leaves the provider"
                " to modules that are imported"
            )
        exporters.append(entry)
    return exporters
