"""Values that are larger than a worker takes."""

from __future__ import annotations

from contextlib import AsyncExitStack

import psutil
import pytest
from dialling import described, idle, start, stranger
from memory import MIB
from programs import shell_worker
from sized_routines import length, lengths

from wool_common import frames as f
from wool_common.errors import RpcError, StatusCode
from wool_common.pickling.exceptions import revive
from wool_common.pickling.values import CHUNK, Pickled, dump, load

LIMIT = 4096


def opened(payload: f.Payload) -> object:
    assert isinstance(payload, bytes)
    return load(payload)


def by_value(size: int) -> object:
    """Return a function that carries so many bytes along."""
    carried = bytes(size)

    async def carry() -> int:
        return len(carried)

    return carry


@pytest.mark.parametrize("size", [LIMIT + 1, 8 * MIB])
async def test_arguments_that_are_too_large_are_refused(size: int) -> None:
    """The refusal names both sizes and is none that another attempt would mend."""
    async with AsyncExitStack() as stack:
        address = stack.enter_context(shell_worker("--port", "0", "--max-value", str(LIMIT)))
        one = await stack.enter_async_context(stranger(address))
        await one.define(1, length)

        await one.say(start(1, bytearray(size)))
        refused = await one.hear()
        await one.say(start(2, bytearray(LIMIT - 200)))

        assert isinstance(refused, f.Refused)
        assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "too-large")
        assert refused.details.startswith("the arguments have ")
        assert refused.details.endswith(f" bytes, and this worker takes at most {LIMIT}")
        assert isinstance(end := await one.hear(), f.Returned)
        assert opened(end.value) == LIMIT - 200


async def test_a_routine_that_is_too_large_is_refused() -> None:
    """A function that travels by value counts with all that it carries."""
    async with AsyncExitStack() as stack:
        address = stack.enter_context(shell_worker("--port", "0", "--max-value", "64KiB"))
        one = await stack.enter_async_context(stranger(address))
        for number, size in ((1, 1 << 17), (2, 4 * MIB), (3, 1024)):
            await one.define(number, by_value(size))  # pyright: ignore[reportArgumentType]
            await one.say(start(number, callable=number))

        first, second, third = [await one.hear(but=(f.Load, f.Accepted)) for _ in range(3)]

        for refused in (first, second):
            assert isinstance(refused, f.Refused)
            assert refused.reason == "too-large"
            assert refused.details.startswith("the routine has ")
        assert isinstance(third, f.Returned)


@pytest.mark.parametrize("size", [LIMIT * 2, 8 * MIB])
async def test_what_is_sent_to_a_generator_may_be_too_large(size: int) -> None:
    """The generator has begun, so it is closed and its caller gets the error."""
    async with AsyncExitStack() as stack:
        address = stack.enter_context(shell_worker("--port", "0", "--max-value", str(LIMIT)))
        one = await stack.enter_async_context(stranger(address))
        await one.define(1, lengths)
        await one.say(start(1, stream=True), f.Next(1, 1))
        assert isinstance(await one.hear(but=(f.Load, f.Accepted)), f.Yielded)

        await one.say(f.Send(1, sent(b"abc")))
        assert isinstance(step := await one.hear(), f.Yielded)
        assert opened(step.value) == 3
        await one.say(f.Send(1, sent(bytearray(size))))
        end = await one.hear()

        assert isinstance(end, f.Raised)
        error = revive(opened(end.error))
        assert isinstance(error, RpcError)
        assert error.code is StatusCode.INVALID_ARGUMENT
        assert f"this worker takes at most {LIMIT}" in error.details
        await idle(address)


async def test_the_rest_of_what_was_refused_is_not_kept() -> None:
    """The session goes on while the pieces still come, and the worker does not grow."""
    async with AsyncExitStack() as stack:
        address = stack.enter_context(shell_worker("--port", "0", "--max-value", "1MiB"))
        one = await stack.enter_async_context(stranger(address))
        await one.define(1, length)

        worker = psutil.Process((await described(address)).metadata.pid)
        before = worker.memory_info().rss
        for number in range(1, 40):
            await one.say(start(number, bytearray(4 * MIB)))
            for _ in range(16):
                await one.say(f.Chunk(number, bytes(CHUNK)))
            assert isinstance(await one.hear(), f.Refused)

        assert (await described(address)).load.active == 0
        assert worker.memory_info().rss - before < 48 * MIB


def sent(value: object) -> Pickled:
    return dump(value, root="sent")
