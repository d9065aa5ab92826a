"""Keep asking what answers in each place, for only a worker that answers counts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from wool_common import logs
from wool_common.credentials import CredentialsLike
from wool_common.describe import Inquiry
from wool_common.metadata import WorkerMetadata
from wool_discovery_docker.asking import DRAINING, Answer, answer, find

AGAIN_SECONDS: Final = 1.0
"""A worker that has answered is asked again so often, as long as there are few of them."""

QUESTIONS_A_SECOND: Final = 50.0
"""Where there are many workers, each is asked less often."""

PAUSES: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds before one that has not answered is asked again; the last repeats."""

STRIKES: Final = 2
"""Answers that a worker may fail to give on end, before it counts as gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a worker may be: *key* tells it from others, *name* is for people."""

    key: str
    name: str
    addresses: tuple[str, ...]


Tell = Callable[[str, WorkerMetadata | None], None]


class Verifier:
    """
    Keeps asking what answers wherever it was told to watch.

    *tell* hears of each place, by its key, as soon as a worker answers there that takes
    tasks, when what it says of itself changes, and when it has ceased to.
    """

    def __init__(self, tell: Tell, credentials: CredentialsLike | None = None) -> None:
        self._tell = tell
        self._credentials = credentials
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._known: dict[str, WorkerMetadata] = {}
        self._problems: dict[str, str] = {}
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def worker(self, key: str) -> WorkerMetadata | None:
        """Return who answers there, None where nobody does."""
        return self._known.get(key)

    def problem(self, key: str) -> str:
        """Return why nobody answered there last, empty where somebody did."""
        return self._problems.get(key, "")

    def watch(self, place: Place, worker: WorkerMetadata | None = None) -> None:
        """
        Begin to ask there, or anew where it was watched before; who answered stays.

        *worker* is who has just answered there, where somebody has asked already.
        """
        self._stop(place.key)
        if worker is not None:
            self._say(place.key, worker)
        if place.key in self._known:
            self._problems[place.key] = ""
        asking = asyncio.create_task(self._ask(place), name="wool-verify")
        self._asking[place.key] = asking
        self._tasks.add(asking)
        asking.add_done_callback(self._tasks.discard)

    def forget(self, key: str) -> None:
        """Ask there no more."""
        self._stop(key)
        self._say(key, None)

    async def decided(self) -> None:
        """Wait until whatever is watched now has been asked once, or is watched no more."""
        waiting = {key: task for key, task in self._asking.items() if key not in self._problems}
        while waiting:
            self._news.clear()
            await self._news.wait()
            waiting = {
                key: task
                for key, task in waiting.items()
                if self._asking.get(key) is task and key not in self._problems
            }

    async def aclose(self) -> None:
        """Ask nowhere any more."""
        for key in list(self._asking):
            self._stop(key)
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _stop(self, key: str) -> None:
        self._problems.pop(key, None)
        asking = self._asking.pop(key, None)
        if asking is not None:
            asking.cancel()
            self._news.set()

    def _say(self, key: str, worker: WorkerMetadata | None) -> None:
        if self._known.get(key) == worker:
            return
        if worker is None:
            del self._known[key]
        else:
            self._known[key] = worker
        self._tell(key, worker)

    async def _ask(self, place: Place) -> None:
        """Ask there for as long as it is watched."""
        failures = 0
        inquiry: Inquiry | None = None
        try:
            while True:
                if inquiry is None:
                    inquiry, said = await self._find(place)
                else:
                    said = await answer(inquiry)
                failures = 0 if said.worker is not None else failures + 1
                lost = failures >= STRIKES or said.problem == DRAINING
                if lost and inquiry is not None:
                    await inquiry.aclose()
                    inquiry = None
                self._conclude(place, said, lost=lost)
                await asyncio.sleep(self._pause(failures))
        finally:
            if inquiry is not None:
                await inquiry.aclose()

    async def _find(self, place: Place) -> tuple[Inquiry | None, Answer]:
        try:
            return await find(place.addresses, self._credentials)
        except Exception as exc:  # noqa: BLE001 - credentials and labels are anybody's; asked again
            return None, Answer(problem=f"it cannot be asked: {exc}")

    def _conclude(self, place: Place, said: Answer, *, lost: bool) -> None:
        before = self._problems.get(place.key, "")
        if said.problem and said.problem != before:
            logs.get().info("no_worker_answers", place=place.name, reason=said.problem)
        self._problems[place.key] = said.problem
        if said.worker is not None or lost:
            self._say(place.key, said.worker)
        self._news.set()

    def _pause(self, failures: int) -> float:
        if failures:
            return PAUSES[min(failures, len(PAUSES)) - 1]
        again = max(AGAIN_SECONDS, len(self._asking) / QUESTIONS_A_SECOND)
        return again * random.uniform(0.8, 1.2)
