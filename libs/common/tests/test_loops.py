"""Handing work to an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context
from typing import Any

import pytest

from wool_common.loops import Handover

WRITERS = 8
LETTERS = 2000


class CountingLoop(asyncio.SelectorEventLoop):
    """A loop that counts how often other threads wake it."""

    wakes = 0

    def call_soon_threadsafe(
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Count, and do as always."""
        self.wakes += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


def deliver(box: Handover[int], letters: Iterable[int]) -> None:
    """Put *letters* in one burst, and let the loop read them."""

    async def main() -> None:
        for letter in letters:
            assert box.put(letter)
        await asyncio.sleep(0)

    box.loop.run_until_complete(main())


@pytest.fixture
def loop() -> Iterator[CountingLoop]:
    made = CountingLoop()
    yield made
    made.close()


def test_letters_are_read_in_order(loop: CountingLoop) -> None:
    """What is put first is read first."""
    read: list[int] = []
    box = Handover(loop, read.append)

    deliver(box, range(100))

    assert read == list(range(100))


def test_a_burst_wakes_the_loop_once(loop: CountingLoop) -> None:
    """Crossing threads costs one wake for all that is put before the loop reads."""
    read: list[int] = []
    box = Handover(loop, read.append)

    deliver(box, range(100))

    assert (len(read), loop.wakes) == (100, 1)


def test_a_later_burst_wakes_the_loop_again(loop: CountingLoop) -> None:
    """A letter that is put after the loop has read is read as well."""
    read: list[int] = []
    box = Handover(loop, read.append)

    deliver(box, [1])
    deliver(box, [2])

    assert (read, loop.wakes) == ([1, 2], 2)


def test_a_letter_put_while_reading_is_read(loop: CountingLoop) -> None:
    """A handler may put letters into its own box."""
    read: list[int] = []

    def handle(letter: int) -> None:
        read.append(letter)
        if letter:
            box.put(letter - 1)

    box = Handover(loop, handle)

    async def main() -> None:
        box.put(3)
        for _ in range(5):
            await asyncio.sleep(0)

    loop.run_until_complete(main())

    assert read == [3, 2, 1, 0]


def test_nothing_is_lost_between_threads(loop: CountingLoop) -> None:
    """Letters of many threads all arrive, those of each in the order it put them."""
    read: list[tuple[int, int]] = []
    done = loop.create_future()

    def handle(letter: tuple[int, int]) -> None:
        read.append(letter)
        if len(read) == WRITERS * LETTERS:
            done.set_result(None)

    box = Handover(loop, handle)
    writers = [threading.Thread(target=_write, args=(box, number)) for number in range(WRITERS)]

    async def main() -> None:
        for writer in writers:
            writer.start()
        async with asyncio.timeout(60):
            await done

    loop.run_until_complete(main())
    for writer in writers:
        writer.join()

    assert len(read) == WRITERS * LETTERS
    for number in range(WRITERS):
        assert [n for writer, n in read if writer == number] == list(range(LETTERS))


def test_a_failing_letter_does_not_lose_the_next(loop: CountingLoop) -> None:
    """The loop's exception handler hears of it; those behind are read."""
    read: list[int] = []
    heard: list[object] = []
    loop.set_exception_handler(lambda _, context: heard.append(context.get("exception")))

    def handle(letter: int) -> None:
        if letter == 1:
            raise ValueError("a bad letter")
        read.append(letter)

    box = Handover(loop, handle)

    deliver(box, range(4))

    assert read == [0, 2, 3]
    assert [type(error) for error in heard] == [ValueError]


def test_put_tells_that_the_loop_is_closed() -> None:
    """Nobody will read the letter, whichever it is."""
    loop = asyncio.new_event_loop()
    box: Handover[int] = Handover(loop, lambda letter: None)
    loop.close()

    assert [box.put(n) for n in range(3)] == [False, False, False]


def test_put_tells_that_the_loop_was_closed_before_it_read() -> None:
    """A wake that was never answered does not make later letters look delivered."""
    loop = asyncio.new_event_loop()
    box: Handover[int] = Handover(loop, lambda letter: None)

    first = box.put(1)
    loop.close()

    assert first
    assert not box.put(2)


def _write(box: Handover[tuple[int, int]], number: int) -> None:
    for n in range(LETTERS):
        assert box.put((number, n))
