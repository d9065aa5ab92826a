"""Simulate ten thousand workers, and hold the simulator to theory first."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks import harness
from benchmarks.simulation.checks import Check, checks
from benchmarks.simulation.fleet import Fleet, Row, compare, vary
from benchmarks.tables import figure, plain_table

QUICK: Final = Fleet(workers=400, clients=400, tasks=8_000, warm_up=4_000)
QUICK_SCALE: Final = 0.12
FULL_SCALE: Final = 1.0

Varied = Sequence[tuple[Fleet, Row]]


def main() -> int:
    """Print both tables and write JSON; return 1 where a check fails."""
    options = _options()
    began = perf_counter()
    held = list(checks(QUICK_SCALE if options.quick else FULL_SCALE, options.tolerance))
    print(_table_of_checks(held))
    fleet = replace(
        QUICK if options.quick else Fleet(),
        **{name: value for name in Fleet.__slots__ if (value := vars(options)[name]) is not None},
    )
    rows = list(compare(fleet))
    print(f"\n{_sentence(fleet)}\n\n{_table_of_rows(rows)}")
    varied = list(vary(fleet))
    print(f"\n{_sentence_of_few(varied[0][0])}\n\n{_table_of_few(varied)}")
    took = perf_counter() - began
    if options.json is not None:
        _save(options.json, fleet, rows, varied, held, took)
    failed = [check for check in held if not check.agrees]
    verdict = f"{len(failed)} of {len(held)} checks FAILED" if failed else "every check agrees"
    print(f"\n{verdict}; {took:.0f} s")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate")
    parser.add_argument("--quick", action="store_true", help="a small fleet, and no JSON")
    parser.add_argument("--tolerance", type=float, default=1.0, help="multiplies each tolerance")
    parser.add_argument("--json", type=Path)
    for name in Fleet.__slots__:
        kind = type(getattr(Fleet(), name))
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind)
    options = parser.parse_args()
    if options.json is None and not options.quick:
        options.json = harness.RESULTS / "simulate.json"
    return options


def _table_of_checks(held: Sequence[Check]) -> str:
    rows = [("", "simulated", "theory", "apart", "allowed", "")]
    rows.extend(
        (
            check.what,
            figure(check.simulated),
            figure(check.theory),
            f"{check.error:.1%}",
            f"{check.tolerance:.1%}",
            "agrees" if check.agrees else "DIFFERS",
        )
        for check in held
    )
    return plain_table(rows)


def _table_of_rows(rows: Sequence[Row]) -> str:
    head = (
        "policy",
        "workers",
        "durations",
        "p50",
        "p99",
        "p99.9",
        "mean",
        "max : mean",
        "fullest",
        "refusals a task",
        "lost",
        "connections",
    )
    body = [
        (
            row.policy,
            f"{row.workers:,}",
            row.service,
            *(f"{value:.2f}" for value in (row.p50, row.p99, row.p999, row.mean)),
            f"{row.max_to_mean:.2f}",
            str(row.fullest),
            f"{row.refused:.3f}",
            f"{row.lost:.1%}",
            "{} … {:.0f} … {}".format(*row.connections),
        )
        for row in rows
    ]
    return plain_table([head, *body])


def _table_of_few(varied: Varied) -> str:
    head = (
        "policy",
        "clients",
        "each with",
        "p50",
        "p99",
        "p99.9",
        "refusals a task",
        "lost",
        "connections",
    )
    body = [
        (
            row.policy,
            str(fleet.clients),
            str(fleet.subset),
            *(f"{value:.2f}" for value in (row.p50, row.p99, row.p999)),
            f"{row.refused:.3f}",
            f"{row.lost:.1%}",
            "{} … {:.0f} … {}".format(*row.connections),
        )
        for fleet, row in varied
    ]
    return plain_table([head, *body])


def _sentence_of_few(fleet: Fleet) -> str:
    return f"{fleet.workers} workers and fewer clients, exponential durations, all else as above"


def _sentence(fleet: Fleet) -> str:
    return (
        f"{fleet.workers:,} workers, {fleet.clients:,} clients with {fleet.subset} each, load "
        f"{fleet.load:g}, {fleet.limit} tasks admitted; times in mean durations of a task"
    )


def _save(
    path: Path,
    fleet: Fleet,
    rows: Sequence[Row],
    varied: Varied,
    held: Sequence[Check],
    took: float,
) -> None:
    document = {
        "benchmark": "simulate",
        "environment": harness.environment(),
        "settings": asdict(fleet),
        "seconds": round(took, 1),
        "rows": [asdict(row) for row in rows],
        "fewer_clients": [
            {"clients": few.clients, "subset": few.subset, **asdict(row)} for few, row in varied
        ],
        "checks": [{**asdict(check), "agrees": check.agrees} for check in held],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
