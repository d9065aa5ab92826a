"""Write the figures of `balancers` and `simulate` into the page about load balancing."""

import json
from pathlib import Path
from typing import Any, Final

from benchmarks.harness import RESULTS
from benchmarks.pages import filled, markdown_table
from benchmarks.tables import figure

PAGE: Final = Path(__file__).parents[2] / "docs" / "loadbalancing.md"

Document = dict[str, Any]


def main() -> None:
    """Fill the marked blocks of the page from what both programs have written."""
    balancers, simulated = _written("balancers"), _written("simulate")
    blocks = {
        "pick": _picks(balancers),
        "fleet": _fleet(simulated),
        "few": _few(simulated),
        "checks": _checks(simulated),
    }
    PAGE.write_text(filled(PAGE.read_text(), "balancers", blocks))


def _written(name: str) -> Document:
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise SystemExit(f"{path} is not there: run `python -m benchmarks.{name}` first")
    return json.loads(path.read_text())


def _picks(document: Document) -> str:
    medians = document["medians"]
    sizes = [int(key.removeprefix("pick_")) for key in medians]
    rows = [("µs a pick", *(f"{size:,} members" for size in sizes), "last : first")]
    for policy, ratio in document["flatness"].items():
        costs = (figure(medians[f"pick_{size}"][policy]) for size in sizes)
        rows.append((policy, *costs, f"{ratio:.1f} ×"))
    return markdown_table(rows)


def _fleet(document: Document) -> str:
    rows = [
        (
            "policy",
            "workers",
            "durations",
            "p50",
            "p99",
            "p99.9",
            "max : mean load",
            "refusals a task",
        )
    ]
    for row in document["rows"]:
        times = (f"{row[key]:.2f}" for key in ("p50", "p99", "p999"))
        load, refused = f"{row['max_to_mean']:.2f}", f"{row['refused']:.3f}"
        rows.append((row["policy"], f"{row['workers']:,}", row["service"], *times, load, refused))
    return markdown_table(rows)


def _few(document: Document) -> str:
    rows = [
        (
            "policy",
            "clients × connections",
            "clients of a worker",
            "p50",
            "p99",
            "refusals a task",
            "lost",
        )
    ]
    for row in document["fewer_clients"]:
        least, mean, most = row["connections"]
        rows.append(
            (
                row["policy"],
                f"{row['clients']} × {row['subset']}",
                f"{least} – {mean:.0f} – {most}",
                f"{row['p50']:.2f}",
                f"{row['p99']:.2f}",
                f"{row['refused']:.3f}",
                f"{row['lost']:.1%}",
            )
        )
    return markdown_table(rows)


def _checks(document: Document) -> str:
    rows = [("", "simulated", "theory", "apart", "allowed")]
    for check in document["checks"]:
        apart = abs(check["simulated"] - check["theory"]) / check["theory"]
        found = (figure(check["simulated"]), figure(check["theory"]))
        rows.append((check["what"], *found, f"{apart:.1%}", f"{check['tolerance']:.0%}"))
    return markdown_table(rows)


if __name__ == "__main__":
    main()
