"""Write the figures of `balancers` and `simulate` into the page about load balancing."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.harness import RESULTS
from benchmarks.tables import figure

PAGE: Final = Path(__file__).parents[2] / "docs" / "loadbalancing.md"

Document = dict[str, Any]


def main() -> None:
    """Fill the marked blocks of the page from the committed results."""
    balancers = json.loads((RESULTS / "balancers.json").read_text())
    simulated = json.loads((RESULTS / "simulate.json").read_text())
    blocks = {
        "pick": _picks(balancers),
        "fleet": _fleet(simulated),
        "few": _few(simulated),
        "checks": _checks(simulated),
    }
    text = PAGE.read_text()
    for name, block in blocks.items():
        begin, end = f"<!-- balancers:{name} -->", f"<!-- /balancers:{name} -->"
        filled = f"{begin}\n{block}\n{end}"
        pattern = re.escape(begin) + ".*?" + re.escape(end)
        text = re.sub(pattern, lambda _, filled=filled: filled, text, flags=re.DOTALL)
    PAGE.write_text(text)


def _picks(document: Document) -> str:
    medians = document["medians"]
    sizes = [int(key.removeprefix("pick_")) for key in medians]
    rows = [("µs a pick", *(f"{size:,} members" for size in sizes), "last : first")]
    for policy, ratio in document["flatness"].items():
        costs = (figure(medians[f"pick_{size}"][policy]) for size in sizes)
        rows.append((policy, *costs, f"{ratio:.1f} ×"))
    return _markdown(rows)


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
    return _markdown(rows)


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
    return _markdown(rows)


def _checks(document: Document) -> str:
    rows = [("", "simulated", "theory", "apart", "allowed")]
    for check in document["checks"]:
        apart = abs(check["simulated"] - check["theory"]) / check["theory"]
        found = (figure(check["simulated"]), figure(check["theory"]))
        rows.append((check["what"], *found, f"{apart:.1%}", f"{check['tolerance']:.0%}"))
    return _markdown(rows)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    ruler = ("---", *("---:" for _ in head[1:]))
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ruler, *body))


if __name__ == "__main__":
    main()
