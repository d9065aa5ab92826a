"""What Prometheus is told."""

from __future__ import annotations

import socket
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from wool_common.buckets import SECONDS
from wool_common.metrics.exposition import Everything, own_registry
from wool_common.metrics.names import ACTIVE, REFUSALS, TASK_SECONDS
from wool_common.metrics.numbers import Counts, Reading
from wool_common.metrics.serving import MetricsServer
from wool_common.metrics.switch import SWITCH, are_off

NONE = [0] * (len(SECONDS) - 1)


class Numbers:
    """Tells the same each time."""

    def read(self) -> list[Reading]:
        """Return some of everything."""
        return [
            Reading(ACTIVE, {("worker",): 3.0}),
            Reading(REFUSALS, {("draining",): 2.0, ('say "no"',): 1.0}),
            Reading(TASK_SECONDS, {("returned", "m.f"): Counts((2, 1, *NONE), 0.25)}),
        ]


def samples(text: str) -> dict[str, float]:
    """Return what *text* says, without the labels' names."""
    return {
        f"{sample.name} {' '.join(sample.labels.values())}".strip(): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_text_is_what_prometheus_reads() -> None:
    """Counters, gauges and cumulative histograms come out as its own parser reads them."""
    registry = own_registry((ACTIVE, REFUSALS, TASK_SECONDS), [Numbers()])

    found = samples(generate_latest(registry).decode())

    assert found["wool_tasks_active worker"] == 3.0
    assert found["wool_refusals_total draining"] == 2.0
    assert found['wool_refusals_total say "no"'] == 1.0
    assert found["wool_task_seconds_bucket 0.0001 returned m.f"] == 2.0
    assert found["wool_task_seconds_bucket 0.00025 returned m.f"] == 3.0
    assert found["wool_task_seconds_bucket +Inf returned m.f"] == 3.0
    assert found["wool_task_seconds_count returned m.f"] == 3.0
    assert found["wool_task_seconds_sum returned m.f"] == 0.25
    assert sum(name.startswith("wool_build_info") for name in found) == 1


def test_a_registry_takes_the_same_once() -> None:
    """An application that registers twice is told so by its registry."""
    registry = CollectorRegistry()
    registry.register(Everything((ACTIVE,), [Numbers()]))

    with pytest.raises(ValueError, match="Duplicated timeseries"):
        registry.register(Everything((ACTIVE,), [Numbers()]))


def has_ipv6() -> bool:
    """Tell whether this machine can listen on IPv6 itself."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


IPV6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        pytest.param("::1", marks=IPV6),
        pytest.param("[::1]", marks=IPV6),
    ],
)
def test_metrics_are_served_until_closed(host: str) -> None:
    """The page is there while the server is open."""
    registry = own_registry((ACTIVE,), [Numbers()])

    with MetricsServer(registry, host=host, port=0) as server:
        url = server.url
        with urllib.request.urlopen(url, timeout=5) as answer:
            text = answer.read().decode()

    assert 'wool_tasks_active{side="worker"} 3.0' in text
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=5)
    server.close()


def test_a_port_that_is_taken_is_named() -> None:
    """Where it cannot listen, the error tells where."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(OSError, match=f"cannot serve metrics on 127.0.0.1:{port}: Address"):
            MetricsServer(CollectorRegistry(), host="127.0.0.1", port=port)


@pytest.mark.parametrize(("said", "off"), [("off", True), ("No", True), ("", False), ("on", False)])
def test_the_switch(said: str, off: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One variable turns everything off."""
    monkeypatch.setenv(SWITCH, said)

    assert are_off() is off
