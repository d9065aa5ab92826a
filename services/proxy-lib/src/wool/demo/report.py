"""Put into words what the demonstration has measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

MOST_USED: Final = 6

MARGIN: Final = 1.1
"""Less than this is no difference: such measurements are not that exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """
    What was counted and how long it took, in seconds.

    *tasks* holds the number of tasks by the process that ran them. *same* tells whether
    this process, doing all of it alone, came to the same counts.
    """

    files: int
    tasks: Mapping[int, int]
    starting: float
    pooled: float
    alone: float
    same: bool

    @property
    def gain(self) -> float:
        """How many times as fast the pool was, its start left out."""
        return self.alone / self.pooled


def most_used(words: Counter[str]) -> str:
    """Return one line with the words that are used most."""
    return " · ".join(f"{word} {times:,}" for word, times in words.most_common(MOST_USED))


def summary(measured: Measured) -> Iterator[str]:
    """Yield the lines of the summary."""
    m = measured
    yield f"{'worker':<22}{'tasks':>9}{'files/s':>11}"
    for pid, tasks in sorted(m.tasks.items()):
        yield f"{f'process {pid}':<22}{tasks:>9,}{tasks / m.pooled:>11,.0f}"
    yield ""
    yield f"{'':<22}{'seconds':>9}{'files/s':>11}"
    together = f"{len(m.tasks)} worker{'s' * (len(m.tasks) != 1)}"
    for who, seconds in ((together, m.pooled), ("this process alone", m.alone)):
        yield f"{who:<22}{seconds:>9.2f}{m.files / seconds:>11,.0f}"
    yield ""
    yield from _verdict(m)


def _verdict(m: Measured) -> Iterator[str]:
    yield "Both came to the same counts." if m.same else "The counts DIFFER, which is a defect."
    if m.gain >= MARGIN:
        yield f"The pool was {m.gain:.1f} times as fast as one process."
    elif m.gain > 1 / MARGIN:
        yield "The pool was about as fast as one process."
    else:
        yield f"The pool took {1 / m.gain:.1f} times as long as one process."
    if m.gain < MARGIN:
        yield "Workers gain nothing where processors are few or busy, or tasks too small."
    whole = m.starting + m.pooled
    verb = "less" if whole < m.alone else "more"
    yield (
        f"Starting the workers took {m.starting:.2f} s; with that it is {whole:.2f} s,"
        f" {verb} than the {m.alone:.2f} s of one process."
    )
