"""Telling clients how busy a worker is."""

from __future__ import annotations

import asyncio
import threading

from wool_common.frames import Load
from wool_worker.docket import Docket
from wool_worker.loads import LOAD_EVERY, LoadReports, LoadRounds

LIMIT = 20.0


class Client:
    """Hears of a docket's load, at times that a test sets."""

    def __init__(self, docket: Docket) -> None:
        self.now = 0.0
        self.heard: asyncio.Queue[Load] = asyncio.Queue()
        self.reports = LoadReports(docket.load, lambda: self.now, self.heard.put_nowait)

    async def next(self) -> Load:
        """Return what is told next."""
        async with asyncio.timeout(LIMIT):
            return await self.heard.get()


def test_what_has_not_changed_is_not_told_again() -> None:
    """Nor is what has, before it is time to."""
    docket = Docket()
    client = Client(docket)

    assert not client.reports.tell()
    docket.enter()
    assert not client.reports.tell()
    docket.begin()
    assert client.reports.tell()
    assert client.heard.qsize() == 1
    client.now = LOAD_EVERY
    assert not client.reports.tell()
    assert not client.reports.tell()

    assert [client.heard.get_nowait() for _ in range(2)] == [Load(1, 1), Load(1, 0)]
    assert client.heard.empty()


async def test_changes_are_told_to_all_whoever_makes_them() -> None:
    """Each client hears of it, without having sent anything; changes may come from any thread."""
    docket = Docket()
    clients = [Client(docket), Client(docket)]
    rounds = LoadRounds(docket, lambda: [client.reports for client in clients])

    rounds.begin()
    docket.enter()
    assert [await client.next() for client in clients] == [Load(1, 1)] * 2

    for client in clients:
        client.now += LOAD_EVERY
    thread = threading.Thread(target=docket.leave)
    thread.start()
    assert (await clients[0].next()).active == 0
    await asyncio.to_thread(thread.join)
    rounds.close()


async def test_whoever_was_told_just_now_is_told_later() -> None:
    """The last change is told in the end, though nothing happens after it."""
    docket = Docket()
    client = Client(docket)
    rounds = LoadRounds(docket, lambda: [client.reports])

    rounds.begin()
    docket.enter()
    await client.next()
    docket.begin()
    docket.leave()
    await asyncio.sleep(2 * LOAD_EVERY)  # rounds go by, and it is not yet time
    assert client.heard.empty()
    client.now = LOAD_EVERY

    assert await client.next() == Load(0, 0)
    rounds.close()


async def test_a_late_client_is_told_at_once() -> None:
    """It learns what was there before it came."""
    docket = Docket()
    docket.enter()
    clients: list[Client] = []
    rounds = LoadRounds(docket, lambda: [client.reports for client in clients])

    clients.append(Client(docket))
    rounds.begin()

    assert clients[0].heard.get_nowait() == Load(1, 1)
    rounds.close()
    docket.leave(begun=False)
    assert docket.changed is None


async def test_without_clients_nothing_is_looked_at() -> None:
    """Tasks come and go, and nobody is called."""
    docket = Docket()
    looks: list[None] = []
    rounds = LoadRounds(docket, lambda: looks.append(None) or [])

    rounds.begin()
    rounds.close()
    docket.enter()
    docket.leave(begun=False)
    await asyncio.sleep(2 * LOAD_EVERY)

    assert len(looks) == 1
