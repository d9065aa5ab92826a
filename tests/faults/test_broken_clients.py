"""A client that breaks the conversation loses its session; the worker and the others go on."""

from __future__ import annotations

import asyncio
import pickle
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator

import grpc
import pytest
from dialling import HELLO, Stranger, described, idle, raw_stream, start, stranger
from ears import Ear
from fault_routines import echo, hang
from programs import shell_worker
from waits import eventually

from wool_common import frames as f
from wool_common.channels import channel
from wool_common.pickling.values import dump
from wool_protocol.worker.v1 import service_pb2 as spb

REFUSED = grpc.StatusCode.FAILED_PRECONDITION
POOL = f.OpenPool(1, "p", b"", f.Roster(1, ()))

PICKLE = pickle.dumps((("small",), {}))

Wrong = Callable[[Stranger], Awaitable[None]]


@pytest.fixture(scope="module")
def worker() -> Generator[str]:
    """Be the address of the one worker that all tests of this file spoil their sessions with."""
    folder = tempfile.TemporaryDirectory(prefix="wf-", dir="/tmp")
    with folder, shell_worker("--socket", f"{folder.name}/w") as address:
        yield address


@pytest.fixture
async def address(worker: str) -> AsyncGenerator[str]:
    """Be the worker's address; a bystander's session is not disturbed, and nothing stays."""
    async with stranger(worker) as bystander:
        await bystander.define(1, echo)
        before = (await described(worker)).metadata.uid
        yield worker
        await bystander.say(start(1, "not disturbed"))
        answer = await bystander.hear(but=(f.Load, f.Accepted))
        assert isinstance(answer, f.Returned)
        assert answer.value == dump("not disturbed")
        assert (await described(worker)).metadata.uid == before
        await idle(worker)


def saying(*frames: f.ClientFrame) -> Wrong:
    async def wrong(client: Stranger) -> None:
        await client.say(*frames)

    return wrong


async def an_empty_frame(client: Stranger) -> None:
    request = spb.SessionRequest()
    request.frames.add()
    await client.say_raw(request)


async def too_many_bytes(client: Stranger) -> None:
    await client.define(1, echo)
    await client.say_raw(announced(8))
    await client.say(f.Chunk(1, bytes(9)))


async def a_number_used_twice(client: Stranger) -> None:
    await client.define(1, echo)
    await client.say(start(5, "a"), start(5, "b"))


async def a_transfer_announced_twice(client: Stranger) -> None:
    await client.define(1, echo)
    await client.say_raw(announced(8))
    await client.say_raw(announced(8, task=2))


def announced(
    size: int, *, task: int = 1, transfer: int = 1, out_of_band: bool = False
) -> spb.SessionRequest:
    """Return a Start whose arguments are to come in chunks."""
    request = spb.SessionRequest()
    frame = request.frames.add(task=task)
    frame.start.id = bytes(16)
    frame.start.callable = 1
    frame.start.arguments.transfer = transfer
    frame.start.arguments.segments.add(size=size, out_of_band=out_of_band)
    return request


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (saying(HELLO), "Hello"),
        (saying(start(1, "x")), "never defined"),
        (saying(f.Next(1, 1)), "never started"),
        (saying(f.Cancel(7)), "never started"),
        (saying(f.Chunk(1, b"x")), "unannounced"),
        (saying(POOL, POOL), "opened twice"),
        (saying(f.RosterChange(9, 2, (), ())), "unknown pool"),
        (an_empty_frame, "unknown kind"),
        (too_many_bytes, "9 bytes"),
        (a_number_used_twice, "out of order"),
        (a_transfer_announced_twice, "announced twice"),
    ],
)
async def test_a_violation_ends_the_session_alone(address: str, wrong: Wrong, words: str) -> None:
    """The session ends with FAILED_PRECONDITION and says what was wrong."""
    async with stranger(address) as client:
        await wrong(client)

        code, details = await client.end()

    assert code is REFUSED
    assert words in details


@pytest.mark.parametrize("first", [start(1, "x"), f.Cancel(1), f.Chunk(1, b"x")])
async def test_a_session_begins_with_hello(address: str, first: f.ClientFrame) -> None:
    """Whatever else comes first ends the session."""
    async with stranger(address, hello=None) as client:
        await client.say(first)

        assert (await client.end())[0] is REFUSED


async def test_hello_comes_on_its_own(address: str) -> None:
    """Nothing is taken from a client that does not wait for the answer to Hello."""
    async with stranger(address, hello=None) as client:
        await client.say(HELLO, start(1, "x"))

        assert (await client.end())[0] is REFUSED


async def test_an_empty_session_ends(address: str) -> None:
    """A client that says nothing and hangs up is let go."""
    async with stranger(address, hello=None) as client:
        await client.finish()

        assert (await client.end())[0] is REFUSED


@pytest.mark.parametrize("out_of_band", [False, True])
async def test_an_absurd_size_fails_its_task(address: str, out_of_band: bool) -> None:
    """A value that is announced larger than any memory is an error of its task alone."""
    async with stranger(address) as client:
        await client.define(1, echo)
        await client.say_raw(announced(1 << 62, out_of_band=out_of_band))
        await client.say(f.Chunk(1, b"x"))

        assert isinstance(await client.hear(but=(f.Load, f.Accepted)), f.Raised)


@pytest.mark.parametrize("garbage", [b"\xff" * 64, b"\x0a\x05abc", bytes(range(256))])
async def test_bytes_that_are_no_message_end_the_session(address: str, garbage: bytes) -> None:
    """What is no protobuf at all is a violation as well."""
    async with stranger(address) as client:
        await client.say_raw(garbage)

        code, details = await client.end()

    assert code is REFUSED
    assert "Error parsing message" in details


async def test_a_payload_that_is_no_pickle_fails_its_task(address: str) -> None:
    """Garbage in place of a callable or of arguments is an error of that task alone."""
    async with stranger(address) as client:
        await client.say(f.Define(1, b"garbage", "a:1"))
        await client.define(2, echo)
        await client.say(start(1, "x"), start(2, callable=2)._replace(arguments=b"\x80garbage"))
        await client.say(start(3, "fine", callable=2))

        ends = [await client.hear(but=(f.Load, f.Accepted)) for _ in range(3)]

    assert {end.task for end in ends if isinstance(end, f.Raised)} == {1, 2}
    assert {end.task for end in ends if isinstance(end, f.Returned)} == {3}


async def test_a_client_that_breaks_off_has_its_tasks_cancelled(address: str, ear: Ear) -> None:
    """A violation ends the tasks of its session, and those of nobody else."""
    async with stranger(address) as other, stranger(address) as client:
        for one, key in ((other, "other"), (client, "client")):
            await one.define(1, hang)
            await one.say(start(1, ear.path, key))
            await ear.hear("began", key)

        await client.say(f.Cancel(99))

        await ear.hear("ended", "client")
        assert "cancelled other" not in ear.said
        assert (await described(address)).load.active == 1
        await other.say(f.Cancel(1))
        await ear.hear("ended", "other")
        assert isinstance(await other.hear(but=(f.Load, f.Accepted, f.Cancelling)), f.Cancelled)


async def test_a_stream_that_is_never_greeted_costs_nothing(address: str) -> None:
    """Connections that say nothing are dropped when they are closed."""
    links = [channel(address) for _ in range(20)]
    streams = [raw_stream(link) for link in links]
    await asyncio.gather(*(stream.wait_for_connection() for stream in streams))

    for link in links:
        await link.close()

    assert (await described(address)).load.active == 0


async def test_a_client_that_half_closes_ends_its_tasks(address: str, ear: Ear) -> None:
    """A client that says it has said everything, with a task running, gives it up."""
    async with stranger(address) as client:
        await client.define(1, hang)
        await client.say(start(1, ear.path))
        await ear.hear("began")

        await client.finish()

        await ear.hear("ended")
        assert (await client.end())[0] is grpc.StatusCode.OK
    await eventually(lambda: "ended" in ear.said, 1.0)


async def test_values_that_never_come_hold_nobody_up(address: str) -> None:
    """A client that announces many large values and sends none of them delays no other's."""
    async with stranger(address) as idle, stranger(address) as client:
        await idle.define(1, echo)
        for task in range(1, 33):
            await idle.say_raw(announced(1 << 20, task=task, transfer=task))
        await client.define(1, echo)
        await client.say_raw(announced(len(PICKLE), transfer=1))
        await client.say(f.Chunk(1, PICKLE))

        assert isinstance(await client.hear(but=(f.Load, f.Accepted)), f.Returned)
