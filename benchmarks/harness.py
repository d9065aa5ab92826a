"""What every benchmark program shares: its arguments, its table, its JSON."""

import argparse
import asyncio
import json
import os
import platform
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from benchmarks.metrics import RAW, WOOL
from benchmarks.results import Results
from benchmarks.tables import figure, plain_table

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("wool", "wool-worker", "wool-common", "grpcio", "protobuf", "cloudpickle", "numpy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How long each measurement takes, and how often it is repeated."""

    seconds: float = 1.0
    rounds: int = 5


Measure = Callable[[Settings], Awaitable[Results]]


def main(name: str, measure: Measure, show: Callable[[Results], str] | None = None) -> None:
    """Run *measure* with the settings of the command line; *show* it, and write JSON."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    add_settings(parser, Settings())
    parser.add_argument("--json", type=Path, default=RESULTS / f"{name}.json")
    options = parser.parse_args()
    settings = Settings(seconds=options.seconds, rounds=options.rounds)
    results = asyncio.run(_run(measure, settings))
    print((show or against_raw)(results))
    save(options.json, name, settings, results)


def add_settings(parser: argparse.ArgumentParser, defaults: Settings) -> None:
    """Add the arguments that make up `Settings`."""
    parser.add_argument("--seconds", type=float, default=defaults.seconds)
    parser.add_argument("--rounds", type=int, default=defaults.rounds)


def save(path: Path, name: str, settings: Settings, results: Results, **more: object) -> None:
    """Write *results* as JSON, with where and how they were measured."""
    document = {
        "benchmark": name,
        "environment": environment(),
        "settings": asdict(settings),
        **more,
        **results.as_json(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def environment() -> dict[str, object]:
    """Return the facts about this machine that a reader needs."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cpus": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": versions(PACKAGES),
    }


def versions(names: Sequence[str]) -> dict[str, str]:
    """Return the installed versions of *names*, without those not installed."""
    found: dict[str, str] = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def against_raw(results: Results) -> str:
    """Return the table of one benchmark: raw gRPC, wool, ratio, target."""
    rows = [("", "raw gRPC", "wool", "unit", "wool : raw", "target")]
    for metric in results.metrics():
        advantage = results.advantage(metric.key, RAW)
        rows.append(
            (
                metric.title,
                figure(results.median(metric.key, RAW)),
                figure(results.median(metric.key, WOOL)),
                metric.unit,
                "" if advantage is None else f"{advantage:.2f} ×",
                "; ".join(str(verdict) for verdict in results.verdicts(metric.key)),
            )
        )
    return plain_table(rows)


async def _run(measure: Measure, settings: Settings) -> Results:
    return await measure(settings)
