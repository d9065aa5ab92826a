"""What can be tuned about gRPC."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Final

Arguments = tuple[tuple[str, int | str], ...]

UNLIMITED: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOptions:
    """
    What can be tuned about both ends of a connection; None leaves Wool's own choice.

    Lengths are in bytes, -1 is without limit; *compression* is a `grpc.Compression`.
    """

    max_receive_message_length: int | None = None
    max_send_message_length: int | None = None
    keepalive_time_ms: int | None = None
    keepalive_timeout_ms: int | None = None
    keepalive_permit_without_calls: bool | None = None
    max_pings_without_data: int | None = None
    max_concurrent_streams: int | None = None
    compression: int | None = None

    def __post_init__(self) -> None:
        _check(self, may_be_zero={"max_pings_without_data", "compression"})

    def arguments(self) -> Arguments:
        """Return what has been chosen, as gRPC spells it."""
        return _spelled(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """
    What can be tuned about a worker's server; None leaves Wool's own choice.

    Raises:
        ValueError: clients would ping more often than the server tolerates.
    """

    channel: ChannelOptions = field(default_factory=ChannelOptions)
    http2_min_recv_ping_interval_without_data_ms: int | None = None
    max_ping_strikes: int | None = None
    max_connection_idle_ms: int | None = None
    max_connection_age_ms: int | None = None
    max_connection_age_grace_ms: int | None = None

    def __post_init__(self) -> None:
        _check(self, may_be_zero={"max_ping_strikes"})
        tolerated = self.http2_min_recv_ping_interval_without_data_ms
        sent = self.channel.keepalive_time_ms
        if sent is not None and tolerated is not None and sent < tolerated:
            raise ValueError(
                f"keepalive_time_ms ({sent}) must be at least"
                f" http2_min_recv_ping_interval_without_data_ms ({tolerated})"
            )

    def arguments(self) -> Arguments:
        """Return what has been chosen, that of the channel included, as gRPC spells it."""
        return (*self.channel.arguments(), *_spelled(self))


_SPELLING: Final = {
    "max_pings_without_data": "grpc.http2.max_pings_without_data",
    "compression": "grpc.default_compression_algorithm",
    "http2_min_recv_ping_interval_without_data_ms": (
        "grpc.http2.min_recv_ping_interval_without_data_ms"
    ),
    "max_ping_strikes": "grpc.http2.max_ping_strikes",
}


def _spelled(options: ChannelOptions | WorkerOptions) -> Arguments:
    chosen = {spec.name: getattr(options, spec.name) for spec in fields(options)}
    return tuple(
        (_SPELLING.get(name, f"grpc.{name}"), int(value))
        for name, value in chosen.items()
        if isinstance(value, int)
    )


def _check(options: ChannelOptions | WorkerOptions, *, may_be_zero: set[str]) -> None:
    for spec in fields(options):
        value: object = getattr(options, spec.name)
        if value is None or isinstance(value, bool | ChannelOptions):
            continue
        if not isinstance(value, int):
            raise TypeError(f"{spec.name} must be a whole number, not {type(value).__name__}")
        if value == UNLIMITED and spec.name.endswith("_length"):
            continue
        if value < (0 if spec.name in may_be_zero else 1):
            raise ValueError(f"{spec.name} must be positive, not {value}")
