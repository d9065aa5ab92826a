"""What traces know of addresses, exporters and switches."""

from __future__ import annotations

import pytest

from wool_common.errors import WoolError
from wool_common.traces.exporters import EXPORTER, PROTOCOLS, chosen
from wool_common.traces.hosts import host_and_port
from wool_common.traces.switch import OTEL_SWITCH, SWITCH, are_off


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("unix:/run/w.sock", ("/run/w.sock", None)),
        ("10.0.0.7:50051", ("10.0.0.7", 50051)),
        ("[::1]:7", ("::1", 7)),
        ("somewhere", ("somewhere", None)),
    ],
)
def test_an_address_is_host_and_port(address: str, found: tuple[str, int | None]) -> None:
    """A socket is its path."""
    assert host_and_port(address) == found


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, [("otlp_proto_grpc", "otlp_proto_http")]),
        ({EXPORTER: " "}, [("otlp_proto_grpc", "otlp_proto_http")]),
        ({EXPORTER: "otlp", PROTOCOLS[1]: "http/protobuf"}, [("otlp_proto_http",)]),
        ({PROTOCOLS[0]: "grpc", PROTOCOLS[1]: "http/protobuf"}, [("otlp_proto_grpc",)]),
        ({EXPORTER: "console, zipkin"}, [("console",), ("zipkin",)]),
        ({EXPORTER: "None"}, None),
        ({EXPORTER: "console", PROTOCOLS[1]: "morse"}, [("console",)]),
    ],
)
def test_exporters_are_chosen_as_everywhere(
    environ: dict[str, str], found: list[tuple[str, ...]] | None
) -> None:
    """OTLP unless it is said otherwise, by whichever protocol is installed."""
    assert chosen(environ) == found


def test_a_protocol_that_there_is_not_is_refused() -> None:
    """In a line that names the variable."""
    with pytest.raises(WoolError, match="OTEL_EXPORTER_OTLP_PROTOCOL must be one of grpc, http"):
        chosen({PROTOCOLS[1]: "morse"})


@pytest.mark.parametrize(
    ("name", "word", "off"),
    [
        (SWITCH, "off", True),
        (SWITCH, "No", True),
        (SWITCH, "on", False),
        (OTEL_SWITCH, "TRUE", True),
        (OTEL_SWITCH, "1", False),
    ],
)
def test_either_switch_turns_traces_off(
    monkeypatch: pytest.MonkeyPatch, name: str, word: str, off: bool
) -> None:
    """OpenTelemetry's own knows one word."""
    for variable in (SWITCH, OTEL_SWITCH):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, word)

    assert are_off() is off
