"""Pools use workers of other machines, which they find by themselves."""

from __future__ import annotations

import subprocess

import pytest
from lan_programs import Program, calling, starting, working
from netns import Machine, network


def namespace_of(machine: Machine) -> str:
    """Return the network namespace that routines on *machine* see."""
    command = machine.command("readlink", "/proc/self/ns/net")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


async def asked(caller: Program, *machines: Machine) -> None:
    """Call until all of *machines*, and no other, have answered in one go."""
    expected = [*sorted(map(namespace_of, machines)), str(len(machines))]
    answer: list[str] = []
    while answer != expected:
        caller.tell()
        answer = (await caller.line()).split()
        assert answer, "the pool has failed"


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "host"),
    [
        pytest.param(True, False, "0.0.0.0", id="IPv4"),
        pytest.param(False, True, "::", id="IPv6"),
    ],
)
async def test_a_pool_calls_a_worker_of_another_machine(ipv4: bool, ipv6: bool, host: str) -> None:
    """Two programs with no word of each other meet on the network."""
    with network(2, ipv4=ipv4, ipv6=ipv6) as (one, other):
        async with working(one, "--host", host), calling(other) as caller:
            await asked(caller, one)


@pytest.mark.parametrize(
    ("ipv4", "ipv6"),
    [pytest.param(True, False, id="IPv4"), pytest.param(False, True, id="IPv6")],
)
async def test_a_worker_that_a_pool_has_started_is_called_from_another_machine(
    ipv4: bool, ipv6: bool
) -> None:
    """What a pool starts and announces is reached by others, also where no route leads out."""
    with network(2, ipv4=ipv4, ipv6=ipv6) as (one, other):
        async with starting(one), calling(other) as caller:
            await asked(caller, one)


async def test_tags_select_among_the_workers_of_all_machines() -> None:
    """A pool calls those workers alone that carry its tag."""
    with network(2, ipv6=False) as (one, two):
        async with (
            working(one, "--host", "0.0.0.0", "--tag", "cpu"),
            working(two, "--host", "0.0.0.0", "--tag", "gpu"),
            calling(one, "gpu") as caller,
        ):
            await asked(caller, two)


async def test_a_pool_goes_on_without_a_worker_whose_machine_is_lost() -> None:
    """Of two machines one ends without a farewell; the calls go to the other."""
    with network(3, ipv6=False) as (one, two, three):
        async with (
            working(one, "--host", "0.0.0.0") as lost,
            working(two, "--host", "0.0.0.0"),
            calling(three) as caller,
        ):
            await asked(caller, one, two)

            await lost.kill()

            await asked(caller, two)
