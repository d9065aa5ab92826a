"""Ask which worker is at one of several addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from wool_common.credentials import CredentialsLike
from wool_common.describe import Inquiry
from wool_common.errors import WoolError
from wool_common.metadata import WorkerMetadata

ASK_SECONDS: Final = 1.5
"""What a worker may take for an answer."""

HEAD_START_SECONDS: Final = 0.1
"""What an address may take longer than those after it, and still be the one that is used."""

DRAINING: Final = "the worker takes no new tasks"


class Answer(NamedTuple):
    """Who answered, or the problem for which nobody did that counts."""

    worker: WorkerMetadata | None = None
    problem: str = ""


async def answer(inquiry: Inquiry) -> Answer:
    """Return what is said to *inquiry*; a worker that drains does not count."""
    try:
        description = await inquiry.ask(ASK_SECONDS)
    except WoolError as exc:
        return Answer(problem=str(exc))
    except Exception as exc:  # noqa: BLE001 - what answers there may be anything
        return Answer(problem=f"{inquiry.address}: its answer makes no sense: {exc!r}")
    if description.draining:
        return Answer(problem=DRAINING)
    return Answer(worker=description.metadata)


async def find(
    addresses: Sequence[str], credentials: CredentialsLike | None
) -> tuple[Inquiry | None, Answer]:
    """
    Ask at all *addresses* at once; return the first that answers.

    Of those that answer at about the same time the first in order counts. Its connection
    stays open and is the caller's; None where nobody answers, which the first tells why.
    """
    if not addresses:
        return None, Answer(problem="it has no address")
    inquiries = [Inquiry(address, credentials) for address in addresses]
    asking = [asyncio.create_task(answer(inquiry)) for inquiry in inquiries]
    found: int | None = None
    try:
        waiting = set(asking)
        while waiting and found is None:
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            found = _first(asking)
        if found:
            await asyncio.wait(asking[:found], timeout=HEAD_START_SECONDS)
            found = _first(asking)
    finally:
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)
        for number, inquiry in enumerate(inquiries):
            if number != found:
                await inquiry.aclose()
    if found is None:
        return None, asking[0].result()
    return inquiries[found], asking[found].result()


def _first(asking: Sequence[asyncio.Task[Answer]]) -> int | None:
    """Return the number of the first that has answered, None where none has yet."""
    there = (n for n, task in enumerate(asking) if task.done() and task.result().worker)
    return next(there, None)
