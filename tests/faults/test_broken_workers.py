"""A worker that breaks the conversation costs its callers a clear error, and nobody waits."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable

import grpc
import pytest
from fault_routines import brief_steps, echo
from rogue import Rogue, Talk, for_ever

import wool
from wool_common import frames as f
from wool_common.pickling.values import Parcel, dump

LIMIT = 5.0

Script = Callable[[Talk], Awaitable[None]]


def after_start(*answers: Callable[[int], f.WorkerFrame]) -> Script:
    """Return a session that goes well until the first task, and then says *answers*."""

    async def script(talk: Talk) -> None:
        await talk.welcome()
        task = await talk.started()
        await talk.say(*(answer(task) for answer in answers))
        await for_ever()

    return script


async def garbage_after_start(talk: Talk) -> None:
    await talk.welcome()
    await talk.started()
    await talk.say_raw(b"\xff" * 32)
    await for_ever()


async def end_after_start(talk: Talk) -> None:
    await talk.welcome()
    await talk.started()


async def error_after_start(talk: Talk) -> None:
    await talk.welcome()
    await talk.started()
    await talk.context.abort(grpc.StatusCode.INTERNAL, "out of order")


async def crash_after_start(talk: Talk) -> None:
    await talk.welcome()
    await talk.started()
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (after_start(lambda t: f.Returned(t + 1, b"")), "Returned came for task"),
        (after_start(f.Cancelling), "Cancelling is not allowed"),
        (after_start(f.Accepted, f.Accepted), "Accepted is not allowed"),
        (after_start(f.Accepted, lambda t: f.Refused(t, 8, "x", "")), "Refused is not allowed"),
        (after_start(lambda _: f.Chunk(9, b"x")), "came unannounced"),
        (after_start(lambda _: f.Turned("no")), "Turned is not allowed"),
        (garbage_after_start, "is no message"),
        (end_after_start, "the worker ended the session"),
        (error_after_start, "INTERNAL: out of order"),
        (crash_after_start, "ZeroDivisionError"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_violation_is_a_lost_worker(script: Script, words: str, stream: bool) -> None:
    """The callers of its tasks hear WorkerLost, which says what the worker did wrong."""
    rogue = Rogue(script)
    async with wool.WorkerPool(size=1, worker=lambda *_: rogue), asyncio.timeout(LIMIT):
        with pytest.raises(wool.WorkerLost, match=re.escape(words)):
            await (anext(brief_steps(1, 0)) if stream else echo(1))


async def test_a_call_that_yields_is_a_violation() -> None:
    """Only a generator yields."""
    rogue = Rogue(after_start(lambda t: f.Yielded(t, b"")))
    async with wool.WorkerPool(size=1, worker=lambda *_: rogue), asyncio.timeout(LIMIT):
        with pytest.raises(wool.WorkerLost, match="Yielded is not allowed"):
            await echo(1)


async def test_the_callers_beside_are_told_too() -> None:
    """Every task of a session that is broken ends, also those that began before."""

    async def script(talk: Talk) -> None:
        await talk.welcome()
        tasks = [await talk.started() for _ in range(20)]
        await talk.say(f.Returned(max(tasks) + 1, b""))
        await for_ever()

    rogue = Rogue(script)
    async with wool.WorkerPool(size=1, worker=lambda *_: rogue), asyncio.timeout(LIMIT):
        ends = await asyncio.gather(*(echo(n) for n in range(20)), return_exceptions=True)

    assert {type(end) for end in ends} == {wool.WorkerLost}


async def test_a_session_is_opened_anew() -> None:
    """After a violation the worker is dialled again, and used if it behaves."""
    turns = itertools.count()

    async def script(talk: Talk) -> None:
        await talk.welcome()
        broken = next(turns) == 0
        while True:
            task = await talk.started()
            await talk.say(f.Returned(task + (7 if broken else 0), dump("well")))  # pyright: ignore[reportArgumentType]

    rogue = Rogue(script)
    async with wool.WorkerPool(size=1, worker=lambda *_: rogue), asyncio.timeout(LIMIT):
        with pytest.raises(wool.WorkerLost):
            await echo(1)

        assert await echo(1) == "well"

    assert rogue.sessions == 2


async def test_a_result_that_is_no_pickle_fails_its_call() -> None:
    """The session goes on: only the value is broken."""

    async def script(talk: Talk) -> None:
        await talk.welcome()
        for answer in (b"\x80garbage", dump("well")):
            await talk.say(f.Returned(await talk.started(), answer))
        await for_ever()

    rogue = Rogue(script)
    async with wool.WorkerPool(size=1, worker=lambda *_: rogue), asyncio.timeout(LIMIT):
        with pytest.raises(wool.SerializationError, match="cannot be unpickled"):
            await echo(1)

        assert await echo(1) == "well"

    assert rogue.sessions == 1


async def accepted_instead_of_welcome(talk: Talk) -> None:
    await talk.hear()
    await talk.say(f.Accepted(1))
    await for_ever()


async def garbage_instead_of_welcome(talk: Talk) -> None:
    await talk.hear()
    await talk.say_raw(b"\xff" * 32)
    await for_ever()


async def end_instead_of_welcome(talk: Talk) -> None:
    await talk.hear()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (accepted_instead_of_welcome, "answered Hello with Accepted"),
        (garbage_instead_of_welcome, "is no message"),
        (end_instead_of_welcome, "ended the session"),
    ],
)
async def test_a_worker_that_never_welcomes_started_nothing(script: Script, words: str) -> None:
    """No task was sent to it, so its callers hear that nobody took theirs, and why."""
    rogue = Rogue(script)
    async with asyncio.timeout(LIMIT):
        async with wool.WorkerPool(size=1, worker=lambda *_: rogue):
            with (
                wool.RuntimeContext(dispatch_timeout=0.3),
                pytest.raises(wool.NoWorkersAvailable, match=words),
            ):
                await echo(1)


async def test_a_value_that_is_cut_off_is_a_lost_worker() -> None:
    """A session that ends in the middle of a large result is a lost worker, not a wrong value."""

    async def script(talk: Talk) -> None:
        await talk.welcome()
        task = await talk.started()
        large = dump(bytes(1 << 20))
        assert isinstance(large, Parcel)
        await talk.say(f.Returned(task, large))
        await talk.say(*(f.Chunk(1, bytes(piece)) for piece in list(large.chunks())[:-1]))

    rogue = Rogue(script)
    async with wool.WorkerPool(size=1, worker=lambda *_: rogue), asyncio.timeout(LIMIT):
        with pytest.raises(wool.WorkerLost, match="before the whole value had come") as lost:
            await echo(1)

    assert lost.value.worker == rogue.uid
