"""`wool ps`, run as from a shell."""

from __future__ import annotations

import asyncio
import socket
from uuid import uuid4

from cli_programs import wool, worker

from wool.runtime.discovery.local import LocalDiscovery
from wool.testing.worker import FakeWorker
from wool_common.metadata import VERSION, WorkerId, WorkerMetadata


async def test_workers_are_shown_with_what_they_are() -> None:
    """A program gets everything, by JSON."""
    async with worker("--tag", "gpu", "--extra", "zone=a") as address:
        done = await wool("ps", "--json", "--static", address)

    [found] = done.document["workers"]
    assert (done.code, done.err) == (0, "")
    assert (found["address"], found["state"], found["reason"]) == (address, "ready", None)
    assert (found["tags"], found["extra"], found["version"]) == (["gpu"], {"zone": "a"}, VERSION)
    assert (found["active"], found["waiting"], found["secure"]) == (0, 0, False)
    assert found["uptime_seconds"] > 0
    assert found["ended"] == {"returned": 0, "raised": 0, "cancelled": 0, "lost": 0}


async def test_people_see_a_table_and_the_reasons() -> None:
    """One that can be used is enough for exit code 0; the others are told of."""
    closed = free_address()
    async with worker() as address, fake(python="3.9") as old, fake(protocol=99) as new:
        done = await wool("ps", "--static", f"{address},{closed}", "--static", f"{old},{new}")

    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0].split() == (
        ["WORKER", "ADDRESS", "STATE", "ACTIVE", "WAITING", "UPTIME", "VERSION", "PYTHON", "TAGS"]
    )
    assert {line.split()[1]: line.split()[2] for line in lines[1:5]} == {
        address: "ready",
        closed: "unreachable",
        old: "incompatible",
        new: "incompatible",
    }
    assert f"{closed}: connection refused" in lines
    assert any(line.startswith(f"{old}: the client runs Python 3.") for line in lines)
    assert any(line.startswith(f"{new}: the client speaks protocol 1") for line in lines)


async def test_nobody_that_can_be_used_is_exit_code_3() -> None:
    """Scripts can tell without reading."""
    async with fake(python="3.9") as old:
        done = await wool("ps", "--static", old)
    assert done.code == 3

    assert (await wool("ps", "--static", free_address())).code == 3


async def test_one_namespace_of_this_machine() -> None:
    """Announced workers are found, and forgotten once they have gone."""
    name = f"cli-{uuid4()}"
    async with worker("--announce", f"local:{name}") as address:
        done = await wool("ps", "--json", "--local", name)
        assert [one["address"] for one in done.document["workers"]] == [address]

    done = await wool("ps", "--local", name)
    assert (done.code, done.out, done.err) == (3, "", "wool ps: no worker was found\n")


async def test_waiting_for_a_worker() -> None:
    """It ends as soon as there is one, long before the time is over."""
    name = f"cli-{uuid4()}"
    looking = asyncio.create_task(wool("ps", "--json", "--local", name, "--wait", "25"))
    async with worker("--announce", f"local:{name}"):
        done = await looking

    assert (done.code, len(done.document["workers"])) == (0, 1)


async def test_a_name_is_looked_up() -> None:
    """Every address of it is asked; one worker at two addresses is one worker."""
    async with worker("--host", "127.0.0.1") as address:
        port = address.rpartition(":")[2]
        done = await wool("ps", "--json", "--dns", f"localhost:{port}", "--static", address)

    ready = [one for one in done.document["workers"] if one["state"] == "ready"]
    assert [one["sources"] for one in ready] == [["dns:localhost", "static"]]


async def test_a_name_that_nobody_knows() -> None:
    """That it cannot be looked for is another exit code than that nobody is there."""
    done = await wool("ps", "--dns", "workers.invalid")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("wool ps: dns:workers.invalid: workers.invalid has no address: ")


async def test_a_discovery_service_that_cannot_be_reached() -> None:
    """What the discovery says to its log is told in its name."""
    done = await wool("ps", "--json", "--docker", free_address())

    assert done.code == 1
    assert "cannot be followed" in done.document["problems"]["docker"]


async def test_without_words_the_usual_place_is_looked_at() -> None:
    """And whoever finds nobody there is told where else to look."""
    done = await wool("ps")

    assert "localhost:50051" in done.out
    if done.code:
        assert "to look elsewhere say --static, --dns, --local, --lan or --docker" in done.err


async def test_a_silent_address_takes_no_longer_than_was_said() -> None:
    """Somebody may accept connections and say nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        done = await wool("ps", "--json", "--static", address, "--timeout", "0.3")

    [found] = done.document["workers"]
    assert (done.code, found["state"]) == (3, "unreachable")
    assert found["reason"] == "no answer within 0.3 s"


def fake(**told: object) -> FakeContext:
    """Run a worker within this process that says it is something else."""
    return FakeContext(FakeWorker(host="127.0.0.1", **told))  # pyright: ignore[reportArgumentType]


class FakeContext:
    """A worker within its block."""

    def __init__(self, worker: FakeWorker) -> None:
        self._worker = worker

    async def __aenter__(self) -> str:
        await self._worker.start()
        return self._worker.here.address

    async def __aexit__(self, *_: object) -> None:
        await self._worker.stop()


def free_address() -> str:
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as briefly:
        return f"127.0.0.1:{briefly.getsockname()[1]}"


async def test_an_announced_worker_that_does_not_answer() -> None:
    """It is shown, with the reason, in place of being left out."""
    name, closed = f"cli-{uuid4()}", free_address()
    async with fake() as address, LocalDiscovery(name).publisher as publisher:
        await publisher.publish("worker-added", WorkerMetadata(uid=WorkerId("x"), address=closed))
        await publisher.publish("worker-added", WorkerMetadata(uid=WorkerId("y"), address=address))
        done = await wool("ps", "--json", "--local", name)

    assert {one["address"]: one["reason"] for one in done.document["workers"]} == {
        closed: "connection refused",
        address: None,
    }
