"""Tell all about a worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from wool.cli.codes import DONE, FAILED, NOBODY
from wool.cli.layout import Cell, Line, printable
from wool.cli.options import as_json, dialling

if TYPE_CHECKING:
    from wool.cli.sighting import Sighting
    from wool_common.credentials import CredentialsLike


@click.command()
@click.argument("address")
@dialling
@as_json
def describe(
    address: str, credentials: CredentialsLike | None, timeout: float, as_json: bool
) -> int:
    """
    Tell all about a worker.

    ADDRESS is host:port, host or unix:/path. Exit code 3: it cannot be used by clients like
    this one, and the reason says why.
    """
    from wool.cli.asking import asked
    from wool.cli.printing import show, show_json, warn
    from wool.cli.sighting import State

    sighting = asyncio.run(asked(address, credentials, timeout))
    if sighting.state is State.UNREACHABLE:
        if as_json:
            show_json(sighting.document())
        warn(f"{sighting.address}: {sighting.reason}")
        return FAILED
    if as_json:
        show_json(sighting.document())
    else:
        show(facts(sighting))
    return DONE if sighting.state is State.READY else NOBODY


def facts(sighting: Sighting) -> list[Line]:
    """Return what is known of a worker that has answered, a fact a line."""
    from wool.cli.ps_table import STYLES
    from wool.cli.sighting import in_order
    from wool.cli.words import duration, latency, rate

    description = sighting.description
    assert description is not None
    worker = description.metadata
    found: list[tuple[str, str, str]] = [
        ("worker", worker.uid, "bold"),
        ("address", worker.address, ""),
        ("state", sighting.state.value, STYLES[sighting.state]),
        ("reason", sighting.reason or "", ""),
        ("tags", " ".join(sorted(worker.tags)), ""),
        *((f"extra {name}", text, "") for name, text in sorted(worker.extra.items())),
        ("secure", "yes, by TLS" if worker.secure else "no", ""),
        ("process", str(worker.pid), ""),
        ("load", f"{description.load.active} active, {description.load.waiting} waiting", ""),
        ("uptime", duration(description.uptime), ""),
        ("idle", duration(description.idle), ""),
        ("protocol", str(worker.protocol), ""),
        *((name, text, "") for name, text in sorted(description.versions.items())),
    ]
    tallies = description.tallies
    if tallies is not None:
        from wool.cli.rates import quantile

        ended = sum(tallies.ended.values())
        counts = ", ".join(f"{n} {name}" for name, n in in_order(tallies.ended).items() if n)
        refused = ", ".join(f"{n} {name}" for name, n in in_order(tallies.refused).items())
        found += [
            ("tasks ended", f"{ended}" + (f" ({counts})" if counts else ""), ""),
            ("tasks refused", refused or "0", ""),
            ("mean rate", f"{rate(ended / description.uptime)} per second", ""),
        ]
        if ended:
            took = "  ".join(
                f"{name} {latency(quantile(tallies.bounds, tallies.counts, share))}"
                for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
            )
            found.append(("tasks took", took, ""))
    width = max(len(name) for name, text, _ in found if text)
    return [
        [Cell(f"{printable(name):{width}}  ", "dim"), Cell(printable(text), style)]
        for name, text, style in found
        if text
    ]
