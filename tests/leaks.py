"""See what a test has left behind."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

LIMIT: Final = 5.0
"""Seconds in which what has been let go of must be gone."""

LASTING: Final = ("asyncio_", "Thread-", "pytest_timeout")
"""Threads of loops that outlive a test, and gRPC's own poller, by how their names begin."""

POLLER: Final = "(_poll_wrapper)"
"""How the name of gRPC's own poller ends; it has a pair of sockets, and lives while a call does."""

DESCRIPTORS: Final = Path("/proc/self/fd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What this process holds at one moment."""

    threads: frozenset[str]
    processes: frozenset[str]
    descriptors: Counter[str]

    def beyond(self, before: Holdings) -> list[str]:
        """Return what is held now and was not *before*."""
        opened = self.descriptors - before.descriptors
        # An event loop that outlives the test, or gRPC's, has a pair of sockets.
        for _ in range(2 * opened.pop("eventpoll", 0)):
            opened -= Counter({"socket": 1})
        return sorted(
            [
                *(self.threads - before.threads),
                *(self.processes - before.processes),
                *(f"{number} more open: {kind}" for kind, number in opened.items()),
            ]
        )


def held() -> Holdings:
    """Return what this process holds now, but for what belongs to gRPC's poller."""
    pollers = sum(thread.name.endswith(POLLER) for thread in threading.enumerate())
    return Holdings(
        threads=frozenset(
            f"thread {thread.name} ({thread.ident})"
            for thread in threading.enumerate()
            if not thread.name.startswith(LASTING)
        ),
        processes=frozenset(f"process {pid}" for pid in children()),
        descriptors=Counter(descriptors()) - Counter({"socket": 2 * pollers}),
    )


def left_since(before: Holdings) -> list[str]:
    """Return what is held beyond *before*, giving it time to go."""
    end = time.monotonic() + LIMIT
    while (left := held().beyond(before)) and time.monotonic() < end:
        time.sleep(0.01)
    return left


def children() -> Iterator[int]:
    """Yield the processes this one has started."""
    tasks = Path("/proc/self/task")
    if not (tasks / str(threading.get_native_id()) / "children").exists():
        yield from (child.pid for child in psutil.Process().children())
        return
    for task in tasks.iterdir():
        try:
            yield from map(int, (task / "children").read_text().split())
        except OSError:
            continue  # the thread has ended


def descriptors() -> Iterator[str]:
    """Yield the kind of every open descriptor, or the file's name."""
    if not DESCRIPTORS.exists():
        return
    for descriptor in DESCRIPTORS.iterdir():
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue  # the listing's own
        kind, colon, name = target.partition(":")
        if kind == "anon_inode" and "eventpoll" in name:
            yield "eventpoll"
        elif kind != "anon_inode" and not target.startswith("/dev/"):
            yield kind if colon else target


def without_tasks_left(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Return *test*, failing where asyncio tasks outlive it."""

    @functools.wraps(test)
    async def checked(*args: Any, **kwargs: Any) -> None:
        before = asyncio.all_tasks()
        await test(*args, **kwargs)
        # What gRPC does after a call on its own behalf is its own to end.
        left = {t for t in asyncio.all_tasks() - before if "_AioCall" not in repr(t)}
        if left:
            _, left = await asyncio.wait(left, timeout=LIMIT)
        assert not left, f"tasks left behind: {sorted(map(repr, left))}"

    return checked
