"""What can be tuned about gRPC."""

from __future__ import annotations

import dataclasses

import grpc
import pytest

from wool.runtime.worker.base import ChannelOptions, WorkerOptions


def test_nothing_chosen_is_nothing_said() -> None:
    """Wool's own choice is left alone."""
    assert ChannelOptions().arguments() == ()
    assert WorkerOptions().arguments() == ()


def test_what_is_chosen_is_said_as_grpc_spells_it() -> None:
    """Plain numbers, by the names of gRPC's own arguments."""
    channel = ChannelOptions(
        max_receive_message_length=-1,
        max_pings_without_data=0,
        keepalive_permit_without_calls=False,
        compression=grpc.Compression.Gzip,
    )
    options = WorkerOptions(channel=channel, max_ping_strikes=0, max_connection_idle_ms=5)

    assert options.arguments() == (
        ("grpc.max_receive_message_length", -1),
        ("grpc.keepalive_permit_without_calls", 0),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.default_compression_algorithm", 2),
        ("grpc.http2.max_ping_strikes", 0),
        ("grpc.max_connection_idle_ms", 5),
    )


@pytest.mark.parametrize(
    ("kind", "name"),
    [(ChannelOptions, "compression"), (WorkerOptions, "max_ping_strikes")],
)
def test_options_are_values(kind: type[ChannelOptions | WorkerOptions], name: str) -> None:
    """They are equal by what they say, and cannot be changed."""
    assert kind() == kind()
    assert hash(kind()) == hash(kind())
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(kind(), name, 1)


@pytest.mark.parametrize(
    ("told", "error", "complaint"),
    [
        ({"keepalive_time_ms": 0}, ValueError, "keepalive_time_ms must be positive, not 0"),
        ({"keepalive_timeout_ms": -1}, ValueError, "keepalive_timeout_ms must be positive"),
        ({"max_send_message_length": -2}, ValueError, "max_send_message_length must be"),
        ({"max_concurrent_streams": 1.5}, TypeError, "must be a whole number, not float"),
    ],
)
def test_impossible_number_is_named(
    told: dict[str, int], error: type[Exception], complaint: str
) -> None:
    """What is wrong shows when the options are made."""
    with pytest.raises(error, match=complaint):
        ChannelOptions(**told)  # pyright: ignore[reportArgumentType]


def test_client_that_pings_too_often_is_refused() -> None:
    """A server that hangs up on its clients helps nobody."""
    channel = ChannelOptions(keepalive_time_ms=10)

    with pytest.raises(ValueError, match=r"keepalive_time_ms \(10\) must be at least"):
        WorkerOptions(channel=channel, http2_min_recv_ping_interval_without_data_ms=20)
    WorkerOptions(channel=channel, http2_min_recv_ping_interval_without_data_ms=10)
