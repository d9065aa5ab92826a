"""
Write the dashboards of compose/grafana, or draw what they show.

    python tools/dashboards                # write what has changed
    python tools/dashboards --check        # fail where a file is stale
    python tools/dashboards --draw URL     # draw docs/dashboards/ from the Prometheus at URL
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dashboards.discovery import discovery
from dashboards.dispatch import dispatch
from dashboards.files import DASHBOARDS, stale, write
from dashboards.workers import workers

BOARDS = (dispatch, workers, discovery)


def main(argv: Sequence[str]) -> int:
    """Do what *argv* says; return the exit code."""
    parser = argparse.ArgumentParser(prog="dashboards", description="The dashboards of Wool.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where stale")
    parser.add_argument("--draw", metavar="URL", help="draw what the Prometheus at URL has")
    parser.add_argument("--minutes", type=float, default=2.5, help="how much of it (default: 2.5)")
    given = parser.parse_args(argv)
    boards = [board() for board in BOARDS]
    if given.check:
        names = [path.name for path in stale(boards)]
        if names:
            print(f"{', '.join(names)}: stale; run `task dashboards`")
        return 1 if names else 0
    if given.draw:
        from dashboards.drawing import draw_all

        draw_all(DASHBOARDS, given.draw, seconds=given.minutes * 60.0)
        return 0
    write(boards)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
