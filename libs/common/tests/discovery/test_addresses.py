"""Addresses are read as people write them, and wrong arguments are named."""

from __future__ import annotations

from typing import Any

import pytest

from wool_common.discovery.addresses import checked_address
from wool_common.discovery.dns import DnsDiscovery
from wool_common.discovery.static import StaticDiscovery


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("worker-7", "worker-7:50051"),
        ("tasks.my_service:7", "tasks.my_service:7"),
        ("10.0.0.7:65535", "10.0.0.7:65535"),
        ("::1", "[::1]:50051"),
        ("[fe80::7%eth0]:7", "[fe80::7%eth0]:7"),
        ("[::1]", "[::1]:50051"),
        ("unix:/run/w", "unix:/run/w"),
        ("unix:w", "unix:w"),
    ],
)
def test_addresses_are_read(written: str, dialled: str) -> None:
    """A port is added where there is none, and brackets where gRPC wants them."""
    assert checked_address(written) == dialled


@pytest.mark.parametrize(
    ("address", "error", "words"),
    [
        (7, TypeError, "an address is a string .*, not 7"),
        (["a:1", "b:1"], TypeError, "an address is a string"),
        (("a", 1), TypeError, "an address is a string"),
        ("", ValueError, "'' is no address"),
        (":7", ValueError, "':7' is no address"),
        ("a b:7", ValueError, "'a b:7' is no address"),
        ("http://a:7", ValueError, "'http://a:7' is a URL, and no address: host, host:port"),
        ("dns:///a:7", ValueError, "'dns:///a:7' is a URL"),
        ("a/b", ValueError, "'a/b' is no address"),
        ("[::1:7", ValueError, "is no address"),
        ("[::g]:7", ValueError, "is no address"),
        ("[::1]7", ValueError, "is no address"),
        ("a:", ValueError, "the port in the address 'a:' is not a number"),
        ("a:http", ValueError, "the port in the address 'a:http' is not a number"),
        ("a:0", ValueError, "the port in the address 'a:0' must be from 1 to 65535"),
        ("a:65536", ValueError, "must be from 1 to 65535, not 65536"),
        ("unix:", ValueError, "names a path"),
    ],
)
def test_other_addresses_are_refused(address: Any, error: type[Exception], words: str) -> None:
    """The text shows the address and what is wrong."""
    with pytest.raises(error, match=words):
        StaticDiscovery("good:1", address)


@pytest.mark.parametrize(
    ("arguments", "named", "error", "words"),
    [
        ((), {}, ValueError, "addresses must not be empty"),
        (("a",), {"interval": 0}, ValueError, "interval must be above 0"),
        (("a",), {"interval": "5"}, TypeError, "interval is a number"),
        (("a",), {"credentials": 7}, TypeError, "credentials must be"),
    ],
)
def test_wrong_arguments_of_static_are_named(
    arguments: Any, named: Any, error: type[Exception], words: str
) -> None:
    """They are told at construction."""
    with pytest.raises(error, match=words):
        StaticDiscovery(*arguments, **named)


@pytest.mark.parametrize(
    ("arguments", "named", "error", "words"),
    [
        ((7,), {}, TypeError, "name must be a string"),
        (("a:7",), {}, ValueError, "name must be the name of a host without a port"),
        (("",), {}, ValueError, "name must be the name of a host"),
        (("a", "7"), {}, TypeError, "port must be a number, not '7'"),
        (("a", 70_000), {}, ValueError, "port must be from 1 to 65535"),
        (("a", True), {}, TypeError, "port must be a number"),
        (("a",), {"interval": -1}, ValueError, "interval must be above 0"),
        (("a",), {"resolve": "b"}, TypeError, "resolve must be an async function"),
        (("a",), {"credentials": "b"}, TypeError, "credentials must be"),
    ],
)
def test_wrong_arguments_of_dns_are_named(
    arguments: Any, named: Any, error: type[Exception], words: str
) -> None:
    """They are told at construction."""
    with pytest.raises(error, match=words):
        DnsDiscovery(*arguments, **named)


def test_a_discovery_shows_what_it_looks_for() -> None:
    """As one would write it."""
    assert repr(StaticDiscovery("a", "b:7")) == "StaticDiscovery('a:50051', 'b:7')"
    assert repr(DnsDiscovery("tasks.web")) == "DnsDiscovery('tasks.web', 50051)"
