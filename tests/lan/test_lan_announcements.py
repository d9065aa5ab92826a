"""Machines on one network hear of each other's workers."""

from __future__ import annotations

import random
import string
import time

import pytest
from lan_programs import LIFETIME, announcing, listening, working
from netns import network


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "bound", "dialled"),
    [
        pytest.param(True, False, "0.0.0.0:50051", "10.77.0.1:50051", id="IPv4"),
        pytest.param(False, True, "[::]:50051", "[fd77::1]:50051", id="IPv6"),
        pytest.param(True, True, "[::]:50051", "10.77.0.1:50051", id="both"),
        pytest.param(True, True, "[fd77::1]:50051", "[fd77::1]:50051", id="one of both"),
    ],
)
async def test_a_worker_is_found_by_an_address_that_reaches_it(
    ipv4: bool, ipv6: bool, bound: str, dialled: str
) -> None:
    """What listens on everything is told with an address of the network, of either family."""
    with network(2, ipv4=ipv4, ipv6=ipv6) as (one, other):
        async with listening(other) as early, announcing(one, "w", bound) as worker:
            assert await early.event() == ["added", "w", dialled, 0]
            async with listening(other) as late:
                assert await late.event() == ["added", "w", dialled, 0]

                await worker.leave()

                assert await late.event() == ["dropped", "w", dialled, 0]
                assert await early.event() == ["dropped", "w", dialled, 0]


async def test_three_machines_know_the_same_workers() -> None:
    """Each machine hears of all workers, its own included."""
    with network(3) as (one, two, three):
        async with (
            announcing(one, "a", "0.0.0.0:1"),
            announcing(two, "b", "0.0.0.0:2"),
            announcing(three, "c", "0.0.0.0:3"),
        ):
            for machine in (one, two, three):
                async with listening(machine) as listener:
                    events = [await listener.event() for _ in range(3)]
                assert sorted(events) == [
                    ["added", "a", "10.77.0.1:1", 0],
                    ["added", "b", "10.77.0.2:2", 0],
                    ["added", "c", "10.77.0.3:3", 0],
                ]


async def test_namespaces_do_not_see_each_other() -> None:
    """A worker in one namespace is heard there, and neither elsewhere nor in the shared one."""
    with network(2) as (one, other):
        async with (
            listening(other) as shared,
            listening(other, namespace="red") as red,
            listening(other, namespace="blue") as blue,
            announcing(one, "r", "0.0.0.0:1", namespace="red"),
            announcing(one, "b", "0.0.0.0:2", namespace="blue"),
            announcing(one, "s", "0.0.0.0:3"),
        ):
            assert await red.event() == ["added", "r", "10.77.0.1:1", 0]
            assert await blue.event() == ["added", "b", "10.77.0.1:2", 0]
            assert await shared.event() == ["added", "s", "10.77.0.1:3", 0]


async def test_a_killed_publisher_is_forgotten_in_time() -> None:
    """Without a farewell, a worker is gone when its time is over, and a second at most."""
    with network(2) as (one, other):
        async with listening(other) as listener, announcing(one, "w", "0.0.0.0:1") as worker:
            assert (await listener.event())[0] == "added"

            await worker.kill()
            killed = time.monotonic()

            assert await listener.event() == ["dropped", "w", "10.77.0.1:1", 0]
            assert time.monotonic() - killed < LIFETIME + 1.5


async def test_a_cut_cable_is_noticed_and_so_is_its_mending() -> None:
    """Workers behind a cut link are dropped, and back soon after it is mended."""
    with network(2) as (one, other):
        async with listening(other) as listener, announcing(one, "w", "0.0.0.0:1"):
            assert (await listener.event())[0] == "added"

            one.cut()
            assert (await listener.event())[0] == "dropped"
            one.mend()

            assert await listener.event() == ["added", "w", "10.77.0.1:1", 0]


async def test_a_machine_with_a_new_address_is_found_there() -> None:
    """A worker that was announced before its machine had this address is told of anew."""
    with network(2, ipv6=False) as (one, other):
        async with listening(other) as listener, announcing(one, "w", "0.0.0.0:1"):
            assert await listener.event() == ["added", "w", "10.77.0.1:1", 0]

            one.ip("address add 10.77.0.99/24 dev eth0", "address del 10.77.0.1/24 dev eth0")
            one.ip("address replace 10.77.0.99/24 dev eth0")

            while (heard := await listener.event())[2] != "10.77.0.99:1":
                assert heard[:2] == ["dropped", "w"]


async def test_an_address_both_machines_have_is_not_dialled() -> None:
    """Two machines with a bridge of their own at one address meet on the network they share."""
    with network(2, ipv6=False) as (one, other):
        for machine in (one, other):
            machine.ip(
                "link add docker0 type bridge",
                "address add 10.1.0.1/16 dev docker0",
                "link set docker0 up",
            )
        async with listening(other) as listener, announcing(one, "w", "0.0.0.0:1"):
            assert await listener.event() == ["added", "w", "10.77.0.1:1", 0]


async def test_interfaces_left_out_neither_speak_nor_listen() -> None:
    """Named interfaces alone are announced and announced on."""
    with network(2, ipv6=False) as (one, other):
        one.ip("link add eth1 type bridge", "address add 10.5.0.1/16 dev eth1", "link set eth1 up")
        async with (
            listening(other) as listener,
            announcing(one, "elsewhere", "0.0.0.0:1", interfaces=["eth1"]),
            announcing(one, "here", "0.0.0.0:2", interfaces=["eth0"]),
        ):
            assert await listener.event() == ["added", "here", "10.77.0.1:2", 0]


@pytest.mark.parametrize(
    ("host", "dialled"), [("192.0.2.7", "192.0.2.7:1"), ("localhost", "localhost:1")]
)
async def test_an_advertised_host_is_what_is_dialled(host: str, dialled: str) -> None:
    """An address takes the place of the machine's own; a name is dialled as it is."""
    with network(1) as (machine,):
        async with (
            listening(machine) as listener,
            announcing(machine, "w", "0.0.0.0:1", advertise_host=host),
        ):
            assert await listener.event() == ["added", "w", dialled, 0]


async def test_tags_too_long_for_a_record_are_asked_of_the_worker() -> None:
    """Hundreds of tags arrive whole, though no packet could hold them."""
    noise = random.Random(0)
    tags = ["".join(noise.choices(string.ascii_letters, k=40)) for _ in range(200)]
    flags = [word for tag in tags for word in ("--tag", tag)]
    with network(2, ipv6=False) as (one, other):
        host = ("--host", "0.0.0.0", "--uid", "w")
        async with listening(other, asking=True) as listener, working(one, *host, *flags):
            assert await listener.event() == ["added", "w", "10.77.0.1:50051", 200]
