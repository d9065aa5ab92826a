"""Draw dashboards as pictures, from what a Prometheus has."""

# Matplotlib's types are unknown in part, and it is installed only where pictures are drawn.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from dashboards.asking import Asker
from dashboards.drawn_panels import DRAWN, heading

PICTURES: Final = Path(__file__).resolve().parents[2] / "docs/dashboards"

WIDTH: Final = 13.0
"""Inches across."""
UNIT: Final = 0.255
"""Inches of one unit of a dashboard's grid, from top to bottom."""
COLUMNS: Final = 24
DPI: Final = 100
COLOURS: Final = 255

POINTS: Final = 150
WINDOW: Final = 20.0
"""Seconds that rates are taken over: what Grafana takes where metrics are read each 5 seconds."""

GAP: Final = 0.04
ROOM: Final = {
    "timeseries": (0.52, 0.56, 0.12, 0.32),
    "heatmap": (0.52, 0.28, 0.12, 0.32),
    "stat": (0.02, 0.02, 0.02, 0.26),
    "table": (0.08, 0.08, 0.08, 0.32),
}
"""Inches from the card to the axes: left, bottom, right, top."""

LOOK: Final = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.edgecolor": "#c8ccd0",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "#5b6269",
    "ytick.color": "#5b6269",
    "text.color": "#24292e",
    "xtick.major.size": 2,
    "ytick.major.size": 2,
}


def draw_all(folder: Path, url: str, *, seconds: float) -> None:
    """Draw each dashboard in *folder*, with the last *seconds* of the Prometheus at *url*."""
    PICTURES.mkdir(exist_ok=True)
    end = time.time()
    with mpl.rc_context(LOOK):  # pyright: ignore[reportArgumentType] - keys are a Literal there
        for file in sorted(folder.glob("*.json")):
            document = json.loads(file.read_text())
            figure = drawn(document, asker(document, url, end - seconds, end))
            save(figure, PICTURES / f"{file.stem}.png")


def asker(document: Mapping[str, Any], url: str, begin: float, end: float) -> Asker:
    """Return who asks for *document* with all of everything chosen."""
    chosen = {each["name"]: each["allValue"] for each in document["templating"]["list"]}
    built_in = {"__rate_interval": f"{WINDOW:g}s", "__range": f"{end - begin:.0f}s"}
    step = (end - begin) / POINTS
    return Asker(url=url, begin=begin, end=end, step=step, variables={**built_in, **chosen})


def drawn(document: Mapping[str, Any], asks: Asker) -> Figure:
    """Return the picture of a dashboard: every panel at its place."""
    panels = document["panels"]
    units = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    figure = Figure(figsize=(WIDTH, units * UNIT), dpi=DPI, facecolor="#f4f5f6")
    for panel in panels:
        at = panel["gridPos"]
        left, width = at["x"] / COLUMNS, at["w"] / COLUMNS
        bottom, height = 1 - (at["y"] + at["h"]) / units, at["h"] / units
        if panel["type"] == "row":
            heading(figure, panel["title"], left, bottom + height / 2)
            continue
        axes = _card(figure, panel, (left, bottom, width, height), units)
        DRAWN[panel["type"]](axes, panel, asks)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write *figure* with few colours, which keeps the file small."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    image = Image.open(drawn).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")


def _card(
    figure: Figure, panel: Mapping[str, Any], at: tuple[float, float, float, float], units: int
) -> Axes:
    """Draw a white card with the title of *panel*; return the axes inside."""
    inch_x, inch_y = 1 / WIDTH, 1 / (units * UNIT)
    left, bottom = at[0] + GAP * inch_x, at[1] + GAP * inch_y
    width, height = at[2] - 2 * GAP * inch_x, at[3] - 2 * GAP * inch_y
    card = figure.add_axes((left, bottom, width, height), facecolor="white")
    card.set_xticks([])
    card.set_yticks([])
    for spine in card.spines.values():
        spine.set_visible(True)
    figure.text(
        *(left + 0.08 * inch_x, bottom + height - 0.08 * inch_y, panel["title"]),
        fontsize=8,
        fontweight="bold",
        va="top",
    )
    room_left, room_bottom, room_right, room_top = ROOM[panel["type"]]
    return figure.add_axes(
        (
            left + room_left * inch_x,
            bottom + room_bottom * inch_y,
            width - (room_left + room_right) * inch_x,
            height - (room_bottom + room_top) * inch_y,
        )
    )
