"""Run the checks of `wool doctor`, one after the other."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from wool.cli import machine_checks, network_checks, worker_checks
from wool.cli.findings import Finding, Health
from wool.cli.layout import Cell, Line, printable
from wool.cli.words import number_of

Check = Callable[[], Finding | Awaitable[Finding]]

QUICK: Final[Sequence[tuple[str, Check]]] = (
    ("Python", machine_checks.python),
    ("parts", machine_checks.parts),
    ("extras", machine_checks.extras),
    ("Unix sockets", machine_checks.private_directory),
    ("shared memory", machine_checks.shared_memory),
    ("open files", machine_checks.open_files),
    ("clock", machine_checks.clock),
    ("certificates", machine_checks.certificates),
    ("gRPC", worker_checks.loopback),
    ("Docker", network_checks.docker),
)
SLOW: Final[Sequence[tuple[str, Check]]] = (
    ("worker", worker_checks.worker),
    ("multicast", network_checks.multicast),
)

MARKS: Final = {
    Health.GOOD: Cell("ok     ", "green"),
    Health.ABSENT: Cell("absent ", "dim"),
    Health.POOR: Cell("warning", "yellow"),
    Health.BAD: Cell("problem", "bold red"),
}


async def examined(*, quick: bool) -> list[Finding]:
    """Return what the checks have found; one that fails itself has found a problem."""
    return [await _found(name, check) for name, check in (*QUICK, *(() if quick else SLOW))]


def lines(findings: Sequence[Finding]) -> list[Line]:
    """Return *findings* for people."""
    width = max(len(finding.name) for finding in findings)
    told: list[Line] = []
    for finding in findings:
        mark = MARKS[finding.health]
        told.append([mark, Cell(f"  {finding.name:{width}}  "), Cell(printable(finding.text))])
        if finding.advice:
            told.append([Cell(" " * (len(mark.text) + width + 4) + f"→ {finding.advice}", "bold")])
    return [*told, [], [_verdict(findings)]]


def _verdict(findings: Sequence[Finding]) -> Cell:
    counts = Counter(finding.health for finding in findings)
    if counts[Health.BAD]:
        return Cell(f"{number_of(counts[Health.BAD], 'problem')} to solve first", "bold red")
    if counts[Health.POOR]:
        return Cell(f"workers can run here; {number_of(counts[Health.POOR], 'warning')}", "yellow")
    return Cell("workers can run here", "green")


async def _found(name: str, check: Check) -> Finding:
    try:
        found = check()
        finding = await found if inspect.isawaitable(found) else found
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is what was looked for
        advice = "this was not foreseen: report it, with what `wool doctor --json` says"
        return Finding(Health.BAD, f"{type(exc).__name__}: {exc}", advice, name)
    return finding.called(name)
