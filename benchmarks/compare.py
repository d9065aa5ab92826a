"""Put this project, raw gRPC and the rivals through the same measurements."""

import argparse
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import harness, report
from benchmarks.results import Results
from benchmarks.rivals.adapter import GROUPS
from benchmarks.rivals.catalog import SYSTEMS, System
from benchmarks.rivals.environments import CannotInstall, cache_folder, interpreter_for

ROOT = Path(__file__).parent.parent
LONGEST_SECONDS = 240.0
DEFAULTS = harness.Settings(seconds=1.0, rounds=3)


@dataclass(slots=True)
class Comparison:
    """The figures of every system, with what produced them."""

    results: Results = field(default_factory=Results)
    versions: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    left_out: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, system: System, answer: dict[str, dict[str, float]]) -> None:
        """Keep one adapter's *answer*."""
        for metric, value in answer["values"].items():
            self.results.add(metric, system.key, value)
        for metric, reason in answer["skipped"].items():
            self.results.skip(metric, system.key, str(reason))
        self.versions[system.key] = {name: str(v) for name, v in answer["versions"].items()}


class Failed(Exception):
    """An adapter gave no figures; the text says why."""


def main() -> None:
    """Measure, print the table, write JSON, the page and the chart."""
    options = _arguments()
    settings = harness.Settings(seconds=options.seconds, rounds=options.rounds)
    comparison = Comparison()
    interpreters = _interpreters(options, comparison)
    for group in options.groups:
        for round_number in range(1, settings.rounds + 1):
            for system, python in interpreters:
                _say(f"{group}, round {round_number} of {settings.rounds}: {system.title}")
                _measure(comparison, system, python, group, settings.seconds)
    harness.save(
        options.json,
        "compare",
        settings,
        comparison.results,
        versions=comparison.versions,
        left_out=comparison.left_out,
    )
    published = report.load(options.json)
    print(report.as_text(published))
    if not options.no_docs:
        report.publish(published)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    harness.add_settings(parser, DEFAULTS)
    keys = [system.key for system in SYSTEMS]
    parser.add_argument("--only", nargs="+", choices=keys, default=keys, help="these systems")
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="for environments")
    parser.add_argument("--refresh", action="store_true", help="make the environments anew")
    parser.add_argument("--json", type=Path, default=report.COMMITTED)
    parser.add_argument("--no-docs", action="store_true", help="write nothing but the JSON")
    return parser.parse_args()


def _interpreters(options: argparse.Namespace, comparison: Comparison) -> list[tuple[System, Path]]:
    found: list[tuple[System, Path]] = []
    made: dict[str, Path] = {}
    for system in SYSTEMS:
        if system.key not in options.only:
            continue
        try:
            if system.module not in made:
                made[system.module] = interpreter_for(
                    system, options.cache, refresh=options.refresh
                )
            found.append((system, made[system.module]))
        except CannotInstall as exc:
            comparison.left_out[system.key] = str(exc)
            _say(f"{system.title} is left out: {exc}")
    return found


def _measure(
    comparison: Comparison, system: System, python: Path, group: str, seconds: float
) -> None:
    try:
        comparison.take(system, _ask(system, python, group, seconds))
    except Failed as exc:
        _say(f"{system.title} gave no figures for {group}: {exc}")
        for metric in GROUPS[group]:
            comparison.results.skip(metric, system.key, str(exc))


def _ask(system: System, python: Path, group: str, seconds: float) -> dict[str, dict[str, float]]:
    module = f"benchmarks.rivals.{system.module}"
    command = (str(python), "-m", module, group, "--seconds", str(seconds), *system.arguments)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f"not finished after {LONGEST_SECONDS:g} s") from None
        finally:
            _end_group(process.pid)
    if process.returncode:
        raise Failed((errors.strip().splitlines() or ["no reason given"])[-1])
    return json.loads(output.strip().splitlines()[-1])


def _end_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
