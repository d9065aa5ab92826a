"""Play the demonstration."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Final

import wool
from wool.demo.files import Corpus
from wool.demo.progress import shown
from wool.demo.report import Measured, most_used, summary
from wool.demo.words import Note, Words, count, notes, words_of

SHOWN: Final = 6
"""How many of the notes are printed; the rest is counted."""

IN_FLIGHT: Final = 4
"""Tasks under way per worker: enough to keep it busy, few enough to share the work evenly."""

WIDTH: Final = 88


async def play(corpus: Corpus, workers: int) -> bool:
    """Play the demonstration; return whether all counts agree."""
    megabytes = corpus.size / 1e6
    print(f"{len(corpus.files):,} source files, {megabytes:.1f} MB, from {corpus.root}")
    began = time.monotonic()
    async with wool.WorkerPool(size=workers) as pool:
        starting = time.monotonic() - began
        print(f"{workers} worker{'s' * (workers != 1)} ready after {starting:.2f} s")

        print("\nCounting the words of names and comments, one task per file")
        words, tasks, pooled = await count_on(pool, corpus)
        print(f"  in names     {most_used(words.names)}")
        print(f"  in comments  {most_used(words.comments)}")

        print("\nStreaming the notes that authors left in comments, as workers find them")
        await stream_from(pool, corpus)

    print("\nCounting the same words in this process alone")
    expected, alone = count_here(corpus)
    measured = Measured(
        files=len(corpus.files),
        tasks=tasks,
        starting=starting,
        pooled=pooled,
        alone=alone,
        same=words == expected,
    )
    print()
    for line in summary(measured):
        print(line)
    return measured.same


async def count_on(pool: wool.WorkerPool, corpus: Corpus) -> tuple[Words, dict[int, int], float]:
    """Count the words on the workers; return words, tasks by process, seconds."""
    words = Words()
    tasks: Counter[int] = Counter({worker.pid: 0 for worker in pool.workers})
    began = time.monotonic()
    with shown(len(corpus.files), "files") as progress:
        calls = wool.map(count, corpus.files, limit=IN_FLIGHT * len(tasks), ordered=False)
        async for counted in calls:
            words.add(counted.words)
            tasks[counted.pid] += 1
            progress.advance()
    return words, dict(tasks), time.monotonic() - began


def count_here(corpus: Corpus) -> tuple[Words, float]:
    """Count the words in this process; return words and seconds."""
    words = Words()
    began = time.monotonic()
    with shown(len(corpus.files), "files") as progress:
        for file in corpus.files:
            words.add(words_of(file))
            progress.advance()
    return words, time.monotonic() - began


async def stream_from(pool: wool.WorkerPool, corpus: Corpus) -> None:
    """Print the first notes as they come, one generator on each worker."""
    queue: asyncio.Queue[Note | None] = asyncio.Queue(maxsize=64)
    began = time.monotonic()
    first: float | None = None
    seen = 0
    async with asyncio.TaskGroup() as group:
        workers = pool.workers
        for index, worker in enumerate(workers):
            share = corpus.files[index :: len(workers)]
            group.create_task(_pump(worker, share, queue))
        ended = 0
        while ended < len(workers):
            note = await queue.get()
            if note is None:
                ended += 1
                continue
            first = first or time.monotonic() - began
            seen += 1
            if seen <= SHOWN:
                where = f"{Path(note.file).relative_to(corpus.root)}:{note.line}"
                print(f"  {where}  {note.text}"[:WIDTH])
    seconds = time.monotonic() - began
    if first is None:
        print("  none was found")
    else:
        print(f"  … {seen:,} notes in {seconds:.2f} s; the first came after {first * 1000:.0f} ms")


async def _pump(
    worker: wool.WorkerMetadata, files: tuple[str, ...], queue: asyncio.Queue[Note | None]
) -> None:
    async for note in notes.options(worker=worker)(files):
        await queue.put(note)
    await queue.put(None)
