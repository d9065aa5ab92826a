"""Check that changes among the workers were noticed in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from stage import LIMITS, Stage, Task

Measure = Callable[[str], None]
"""Has a line printed in the end."""


def check_change(
    stage: Stage,
    measure: Measure,
    what: str,
    since: float,
    *,
    come: Iterable[Task] = (),
    gone: Iterable[Task] = (),
) -> None:
    """Check that whoever has *come* and *gone* was noticed in time, and no call lost since."""
    come, gone = list(come), list(gone)
    for client in stage.clients:
        found = [stage.found(client, task) for task in come]
        missed = [stage.missed(client, task) for task in gone]
        lost = client.lost(since)

        moments = [client.added[t.id] for t in come] + [client.dropped[t.id] for t in gone]
        told = [
            f"{word} {spanned(times)}"
            for word, times in (("found", found), ("missed", missed))
            if times
        ]
        measure(
            f"{what}, {client.way}: {', '.join(told)}; all {max(moments) - since:.1f} s after the"
            f" order; {len(lost)} of {client.calls_since(since)} calls lost"
        )
        assert lost == []
        assert max(found + missed) < LIMITS[client.way]


def spanned(seconds: list[float]) -> str:
    """Return in words between which times something happened."""
    return f"after {min(seconds):.1f} to {max(seconds):.1f} s"


def newer(after: dict[str, Task], before: dict[str, Task]) -> list[Task]:
    """Return the tasks that were not there *before*."""
    return [task for uid, task in after.items() if uid not in before]
