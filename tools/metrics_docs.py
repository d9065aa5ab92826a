"""
List the metrics in docs/metrics.md.

    python tools/metrics_docs.py           # write what has changed
    python tools/metrics_docs.py --check   # fail where the page is stale
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from drawn import main

from wool_common.buckets import SECONDS
from wool_common.metrics.dispatches import REASONS
from wool_common.metrics.names import BYTES, GO_CODES, METRICS
from wool_common.routine_names import ROUTINES
from wool_worker.tallies import REASONS as TOLD_APART

PAGE: Final = Path(__file__).resolve().parent.parent / "docs/metrics.md"


def metrics() -> Iterator[str]:
    """Yield a table of all metrics."""
    yield "| metric | kind | labels | told by | what it is |"
    yield "| --- | --- | --- | --- | --- |"
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        kind = metric.kind.value
        yield f"| `{metric.name}` | {kind} | {labels} | {metric.sides} | {metric.help} |"


def bounds() -> Iterator[str]:
    """Yield what the buckets are, and what labels can be."""
    seconds = ", ".join(f"{bound:g}" for bound in SECONDS)
    sizes = ", ".join(f"{int(bound):,}" for bound in BYTES)
    yield f"Buckets of times, in seconds: {seconds}."
    yield ""
    yield f"Buckets of `wool_payload_bytes`, in bytes: {sizes}."
    yield ""
    yield f"`grpc_code` is one of {', '.join(GO_CODES)}."
    yield ""
    yield f"`routine` is `module.name` for the first {ROUTINES} routines, `other` for the rest."
    yield ""
    reasons = ", ".join(f"`{reason}`" for reason in sorted(REASONS))
    yield f"`reason` is one of {reasons}. What else admission hooks say is `other` on a client;"
    yield f"a worker tells up to {TOLD_APART} reasons apart, and the rest are `other`."


if __name__ == "__main__":
    blocks = {"metrics": "\n".join(metrics()), "bounds": "\n".join(bounds())}
    sys.exit(main(PAGE, blocks, "metrics_docs.py", sys.argv[1:]))
