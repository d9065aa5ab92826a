"""What people read."""

from __future__ import annotations

import asyncio
import logging

import pytest

from wool.cli.overhearing import SOURCE, overheard
from wool.cli.plainly import plainly
from wool.cli.words import duration, latency, rate

GONE = "failed to connect to all addresses; last error: "


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599.7, "1 h 0 min"),
        (7384.0, "2 h 3 min"),
        (90000.0, "1 d 1 h"),
    ],
)
def test_durations(seconds: float, expected: str) -> None:
    """Two units are enough, and neither is ever full."""
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "-"),
        (0.0, "0.00 µs"),
        (0.00012345, "123 µs"),
        (0.0099951, "10.0 ms"),
        (0.09996, "100 ms"),
        (0.0999499, "99.9 ms"),
        (0.99951, "1.00 s"),
        (12.34, "12.3 s"),
    ],
)
def test_latencies(seconds: float | None, expected: str) -> None:
    """Three digits count, also where rounding makes one more of them."""
    assert latency(seconds) == expected
    assert len(expected) <= 7  # what the columns have room for


@pytest.mark.parametrize(
    ("per_second", "expected"),
    [(None, "-"), (0.0, "0"), (0.3, "0.30"), (9.996, "10.0"), (99.97, "100"), (1234.5, "1234")],
)
def test_rates(per_second: float | None, expected: str) -> None:
    """Nothing at all is told from hardly anything."""
    assert rate(per_second) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            f"{GONE}UNKNOWN: ipv4:127.0.0.1:9: Failed to connect to remote host: Connection refused",
            "connection refused",
        ),
        (
            f"{GONE}UNKNOWN: ipv6:%5B::1%5D:9: Failed to connect to remote host: connect:"
            " Connection refused (111)",
            "connection refused",
        ),
        (
            f"{GONE}FAILED_PRECONDITION: unix:/x: connect failed: addr: unix:/x error: No such"
            " file or directory",
            "no such file or directory",
        ),
        (
            f"{GONE}UNAVAILABLE: ipv4:127.0.0.1:9: Failed parsing HTTP/2 (Expected SETTINGS frame)",
            "what answers there does not speak gRPC",
        ),
        (
            "errors resolving a.invalid:5: [field:hostname lookup error:address lookup failed for"
            " a.invalid:5: Domain name not found]",
            "domain name not found",
        ),
        (
            f"it cannot be followed (unix:/x: UNAVAILABLE: {GONE}UNKNOWN: unix:/x: Connection"
            " refused); it is asked again",
            "it cannot be followed (unix:/x: connection refused); it is asked again",
        ),
        ("it cannot be followed (a:1: UNAVAILABLE: Stream removed (Socket closed)); known", None),
        ("something else entirely", "something else entirely"),
    ],
)
def test_what_grpc_says_is_put_plainly(told: str, expected: str | None) -> None:
    """What remains is the cause; words of ours around it stay."""
    assert plainly(told) == (
        expected or "it cannot be followed (a:1: the connection was lost); known"
    )


async def test_good_news_of_a_source_ends_its_trouble() -> None:
    """What the library logs is heard in the name of whom it was done for, and goes nowhere else."""
    told: list[tuple[str, str | None]] = []
    log = logging.getLogger("wool")
    level = log.level

    async def act() -> None:
        SOURCE.set("lan")
        log.warning("it broke")
        log.info("it is well again")
        log.debug("nobody is to know")

    with overheard(lambda source, problem: told.append((source, problem))):
        await asyncio.create_task(act())
    log.warning("too late")

    assert told == [("lan", "it broke"), ("lan", None)]
    assert log.level == level
