"""Hear what routines report from their workers."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Ear(asyncio.DatagramProtocol):
    """
    Hears datagrams of the form `<time> <word> <key>`.

    Nothing is missed: what was said before anybody asked is kept.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.said: defaultdict[str, list[float]] = defaultdict(list)
        self._news = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Keep what was said."""
        at, _, words = data.decode().partition(" ")
        self.said[words.strip()].append(float(at))
        self._news.set()

    async def hear(self, *words: object, limit: float = 10.0) -> float:
        """Return when *words* were first said, waiting for it at most *limit* seconds."""
        key = " ".join(str(word) for word in words)
        async with asyncio.timeout(limit):
            while key not in self.said:
                self._news.clear()
                await self._news.wait()
        return self.said[key][0]

    async def hear_times(self, count: int, *words: object, limit: float = 10.0) -> list[float]:
        """Return when *words* were said, waiting until that was *count* times."""
        key = " ".join(str(word) for word in words)
        async with asyncio.timeout(limit):
            while len(self.said[key]) < count:
                self._news.clear()
                await self._news.wait()
        return self.said[key]

    def keys_of(self, word: str) -> list[str]:
        """Return the keys with which *word* was said."""
        return [said.partition(" ")[2] for said in self.said if said.partition(" ")[0] == word]
