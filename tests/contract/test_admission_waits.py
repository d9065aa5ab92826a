"""How long a task waits for the admission hook, on a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from virtual_time import VirtualLoop

from wool_common.backpressure import BackpressureContext
from wool_common.errors import StatusCode
from wool_common.task import Task
from wool_worker.admission import HOOK_SECONDS, Admission, Arrival
from wool_worker.docket import Docket
from wool_worker.verdicts import Verdict

Hook = Callable[[BackpressureContext], Coroutine[Any, Any, bool]]


class Gate:
    """An admission, with what it has said of each task, and when."""

    def __init__(self, hook: Hook) -> None:
        self.loop = asyncio.get_running_loop()
        self.docket = Docket(self.loop.time)
        self.admission = Admission(self.docket, hook, self.loop)
        self.said: dict[str, tuple[float, str]] = {}

    def arrive(self, tag: str) -> Arrival:
        """Have a task called *tag* come."""

        def tell(verdict: Verdict | None) -> None:
            assert tag not in self.said
            word = "accepted" if verdict is None else f"{verdict.code.name} {verdict.reason}"
            self.said[tag] = (round(self.loop.time(), 3), word)

        arrival = self.admission.decide(Task(key=tag.encode(), tag=tag), tell)
        assert arrival is not None
        return arrival


def play(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run *main* on a clock that jumps; nothing may be complained of."""
    assert VirtualLoop().run(main) == []


async def never(context: BackpressureContext) -> bool:
    return await asyncio.get_running_loop().create_future()


def test_a_hook_that_never_answers_holds_up_nobody_for_ever() -> None:
    """Who was asked about is refused in time, and who waited behind it as well."""

    async def main() -> None:
        gate = Gate(never)
        gate.arrive("first")
        gate.arrive("second")
        await asyncio.sleep(4)
        gate.arrive("later")
        await asyncio.sleep(20)

        assert gate.said == {
            "first": (HOOK_SECONDS, "INTERNAL hook-timeout"),
            "second": (HOOK_SECONDS, "RESOURCE_EXHAUSTED hook-busy"),
            "later": (HOOK_SECONDS + 4, "INTERNAL hook-timeout"),
        }
        assert gate.docket.active == 0

    play(main)


def test_a_hook_that_clings_to_life_holds_up_nobody() -> None:
    """One that ignores its cancellation is left behind."""
    left: list[str] = []

    async def clings(context: BackpressureContext) -> bool:
        if context.task.tag != "bad":
            return False
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(30)
            left.append("bad")
        return False

    async def main() -> None:
        gate = Gate(clings)
        gate.arrive("bad")
        await asyncio.sleep(1)
        gate.arrive("good")
        await asyncio.sleep(50)

        assert gate.said == {
            "bad": (HOOK_SECONDS, "INTERNAL hook-timeout"),
            "good": (HOOK_SECONDS, "accepted"),
        }
        assert (gate.docket.active, left) == (1, ["bad"])

    play(main)


def test_a_slow_hook_is_asked_about_one_task_after_the_other() -> None:
    """Nothing is decided on a count that another task is about to change."""

    async def at_most_two(context: BackpressureContext) -> bool:
        await asyncio.sleep(1)
        return context.active_task_count >= 2

    async def main() -> None:
        gate = Gate(at_most_two)
        for tag in ("a", "b", "c"):
            gate.arrive(tag)
        await asyncio.sleep(5)

        assert gate.said == {
            "a": (1.0, "accepted"),
            "b": (2.0, "accepted"),
            "c": (3.0, "RESOURCE_EXHAUSTED backpressure"),
        }

    play(main)


def test_a_withdrawn_task_makes_room_for_the_next() -> None:
    """The hook is not waited for, and not asked about those that were withdrawn in the queue."""
    asked: list[str] = []

    async def first_never(context: BackpressureContext) -> bool:
        asked.append(context.task.tag)
        return await never(context) if context.task.tag == "first" else False

    async def main() -> None:
        gate = Gate(first_never)
        first, second, _ = (gate.arrive(tag) for tag in ("first", "second", "third"))
        await asyncio.sleep(1)
        second.withdraw()
        first.withdraw()
        await asyncio.sleep(1)

        assert gate.said == {"third": (1.0, "accepted")}
        assert (asked, gate.docket.active) == (["first", "third"], 1)

    play(main)


def test_a_drain_refuses_those_who_wait() -> None:
    """They can go elsewhere at once, whatever the hook would have said."""

    async def main() -> None:
        gate = Gate(never)
        gate.arrive("asked")
        gate.arrive("waiting")
        await asyncio.sleep(1)
        gate.arrive("on its way")
        gate.admission.drain()
        await asyncio.sleep(1)

        refused = f"{StatusCode.UNAVAILABLE.name} draining"
        assert gate.said == {
            "asked": (1.0, refused),
            "waiting": (1.0, refused),
            "on its way": (1.0, refused),
        }
        assert gate.docket.active == 0

    play(main)


def test_an_answer_that_comes_too_late_counts_for_nothing() -> None:
    """A task that was refused is not counted in afterwards."""

    async def late(context: BackpressureContext) -> bool:
        try:
            await asyncio.sleep(HOOK_SECONDS * 2)
        except asyncio.CancelledError:
            return False
        return False

    async def main() -> None:
        gate = Gate(late)
        gate.arrive("it")
        await asyncio.sleep(HOOK_SECONDS * 3)

        assert gate.said == {"it": (HOOK_SECONDS, "INTERNAL hook-timeout")}
        assert gate.docket.active == 0

    play(main)
