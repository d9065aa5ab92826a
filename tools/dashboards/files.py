"""Keep the JSON of the dashboards."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

DASHBOARDS: Final = Path(__file__).resolve().parents[2] / "compose/grafana/dashboards"


def write(boards: Iterable[Dashboard]) -> None:
    """Write each of *boards*, and remove what is none of them."""
    wanted = {path_of(board): text_of(board) for board in boards}
    DASHBOARDS.mkdir(parents=True, exist_ok=True)
    for path in set(DASHBOARDS.glob("*.json")) - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text)


def stale(boards: Iterable[Dashboard]) -> list[Path]:
    """Return the files that are not what *boards* say: others, missing or too many."""
    wanted = {path_of(board): text_of(board) for board in boards}
    there = {path: path.read_text() for path in DASHBOARDS.glob("*.json")}
    return sorted(
        path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path)
    )


def path_of(board: Dashboard) -> Path:
    """Return where *board* is kept."""
    return DASHBOARDS / f"{(board.title or '').lower()}.json"


def text_of(board: Dashboard) -> str:
    """Return *board* as Grafana reads it."""
    return json.dumps(board, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
