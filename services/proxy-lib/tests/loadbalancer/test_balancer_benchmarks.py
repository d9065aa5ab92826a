"""The programs that measure and simulate balancers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]


def run(program: str, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a benchmark to its end."""
    command = [sys.executable, "-m", f"benchmarks.{program}", *options]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_simulator_agrees_with_theory(tmp_path: Path) -> None:
    """A quick simulation covers every policy, and theory says the same."""
    file = tmp_path / "simulate.json"

    done = run("simulate", "--quick", "--json", file)

    assert (done.returncode, done.stderr) == (0, "")
    assert "every check agrees" in done.stdout
    document = json.loads(file.read_text())
    assert {row["policy"] for row in document["rows"]} >= {
        "round robin",
        "least loaded",
        "power of two",
        "sticky",
    }
    assert all(row["p50"] <= row["p99"] <= row["p999"] for row in document["rows"])


def test_a_simulator_that_differs_from_theory_says_so() -> None:
    """Where a check fails, the program ends with an error."""
    fleet = ("--workers", "40", "--clients", "20", "--tasks", "900", "--warm-up", "0")

    done = run("simulate", "--quick", "--tolerance", "0", *fleet)

    assert done.returncode == 1
    assert "DIFFERS" in done.stdout
    assert "checks FAILED" in done.stdout


def test_pick_costs_are_measured_for_every_policy_and_size(tmp_path: Path) -> None:
    """The costs are written down, with how much more ten thousand members cost than ten."""
    file = tmp_path / "balancers.json"

    done = run("balancers", "--seconds", "0", "--rounds", "1", "--json", file)

    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(file.read_text())
    assert [*document["medians"]] == ["pick_10", "pick_100", "pick_1000", "pick_10000"]
    assert document["flatness"].keys() == document["medians"]["pick_10"].keys()
