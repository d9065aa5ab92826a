"""By which address a worker is announced, and by which it is dialled."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

import pytest

from wool_common.discovery.addresses import joined
from wool_common.discovery.lan_addresses import Network, advertised, choose, split
from wool_common.discovery.lan_arguments import checked_host, checked_interfaces, checked_namespace
from wool_common.errors import DiscoveryError


def own(*texts: str) -> list[Network]:
    """Return a machine's addresses, each given as address/prefix."""
    found = [ip_interface(text) for text in ("127.0.0.1/8", "::1/128", *texts)]
    return [
        Network(
            interface="eth0", index=2, address=ip_address(str(one.ip)), prefix=one.network.prefixlen
        )
        for one in found
    ]


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        pytest.param("0.0.0.0", ["10.0.0.5", "169.254.1.1"], id="all of IPv4"),
        pytest.param("::", ["10.0.0.5", "fd00::5", "169.254.1.1", "fe80::5"], id="all"),
        pytest.param("192.168.7.7", ["192.168.7.7"], id="one"),
    ],
)
def test_wildcards_are_announced_as_what_is_there(bound: str, expected: list[str]) -> None:
    """A worker on all addresses is announced with each but the loopback, the best first."""
    here = own("fe80::5/64", "169.254.1.1/16", "fd00::5/64", "10.0.0.5/24")

    assert [str(one) for one in advertised(ip_address(bound), here)] == expected


def test_without_a_network_the_loopback_is_left() -> None:
    """A machine that is alone can still use its own workers."""
    assert [str(one) for one in advertised(ip_address("0.0.0.0"), own())] == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        pytest.param(["172.17.0.1", "10.0.0.9"], "10.0.0.9", id="a bridge both have"),
        pytest.param(["172.17.0.1", "10.0.0.5"], "10.0.0.5", id="this machine"),
        pytest.param(["8.8.8.8", "fd00::9", "10.0.0.9"], "10.0.0.9", id="near before far"),
        pytest.param(["8.8.8.8", "fd00::9"], "fd00::9", id="near IPv6 before far IPv4"),
        pytest.param(["fe80::9%2", "8.8.8.8"], "8.8.8.8", id="addresses of the link last"),
        pytest.param(["fe80::9%2"], "fe80::9%2", id="an address of the link alone"),
        pytest.param(["fe80::9"], None, id="an address of an unknown link"),
        pytest.param([], None, id="none"),
    ],
)
def test_the_nearest_address_is_dialled(offered: list[str], expected: str | None) -> None:
    """Of a worker's addresses that one is taken that is most likely to be reached."""
    here = own("10.0.0.5/24", "172.17.0.1/16", "fd00::5/64", "fe80::5/64")
    chosen = choose(map(ip_address, offered), here)

    assert chosen == (ip_address(expected) if expected else None)


def test_a_family_this_machine_lacks_is_not_dialled() -> None:
    """A machine with IPv6 alone dials IPv6."""
    chosen = choose(map(ip_address, ["10.0.0.9", "2001:db8::9"]), own("fd00::5/64"))

    assert chosen == ip_address("2001:db8::9")


@pytest.mark.parametrize("address", ["10.0.0.1:50051", "[fd00::1]:50051", "gpu-1.example.com:1"])
def test_addresses_split_and_join(address: str) -> None:
    """Host and port are told apart and put together again."""
    assert joined(*split(address)) == address


@pytest.mark.parametrize("address", ["unix:/run/a.sock", "10.0.0.1", ":50051", "a b:1", "a:0", ""])
def test_what_is_no_place_on_a_network_is_refused(address: str) -> None:
    """A worker on a socket of this machine cannot be announced; the text says what can."""
    with pytest.raises(DiscoveryError, match="HOST:PORT"):
        split(address)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "", " ", "a b", "10.0.0.1:5", "unix:/a"])
def test_hosts_nobody_can_dial_are_refused(host: str) -> None:
    """The text names the argument."""
    with pytest.raises(ValueError, match="advertise_host"):
        checked_host(host)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("10.0.0.1", "10.0.0.1"), ("[fd00::1]", "fd00::1"), (" gpu-1.local ", "gpu-1.local")],
)
def test_hosts_are_names_or_addresses(host: str, expected: str) -> None:
    """Brackets and blanks around them do not matter."""
    assert checked_host(host) == expected


def test_arguments_of_wrong_types_are_told() -> None:
    """What cannot be a namespace, an interface or a host is refused by name."""
    for check, value in [
        (checked_host, 7),
        (checked_namespace, 7),
        (checked_interfaces, "eth0"),
        (checked_interfaces, [1]),
    ]:
        with pytest.raises(TypeError):
            check(value)  # pyright: ignore[reportArgumentType]
    for check, value in [(checked_namespace, ""), (checked_namespace, "x" * 201)]:
        with pytest.raises(ValueError, match="namespace"):
            check(value)
    with pytest.raises(ValueError, match="interfaces"):
        checked_interfaces([])
