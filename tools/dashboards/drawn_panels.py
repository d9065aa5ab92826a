"""Draw panels, each kind in its way."""

# Matplotlib's types are unknown in part, and it is installed only where pictures are drawn.
# pyright: basic, reportMissingImports=false

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from matplotlib.transforms import Bbox

from dashboards.asking import Asker, Series
from dashboards.units import written

NAMED: Final = {
    "green": "#56a64b",
    "yellow": "#e0b400",
    "orange": "#ff780a",
    "red": "#e02f44",
    "dark-red": "#8f1d2c",
    "blue": "#3274d9",
    "purple": "#a352cc",
    "text": "#24292e",
}
ROW: Final = 0.085
"""How much of a table's height a row takes."""
PALETTE: Final = (
    *("#3274d9", "#ff780a", "#56a64b", "#a352cc", "#e0b400", "#e02f44"),
    *("#3fa7a3", "#8c564b", "#7a8288", "#e377c2", "#17365c", "#9ccc65"),
)
ROWS: Final = 3
"""Lines that a legend has room for."""
INCHES: Final = 0.5
"""How wide a column of the grid is."""
LETTER: Final = 0.052
"""How wide a letter of a legend is, in inches."""


def heading(figure: Figure, title: str, x: float, y: float) -> None:
    """Write the heading of a row."""
    figure.text(x + 0.006, y, title, fontsize=9, fontweight="bold", va="center")


def lines(axes: Axes, panel: Mapping[str, Any], asks: Asker) -> None:
    """Draw lines over time, or stacked areas."""
    found = sorted(_asked(panel, asks), key=lambda series: series.name)
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    colours = _colours(panel, found)
    times = asks.times
    if "stacking" in custom:
        values = np.nan_to_num(np.array([series.values for series in found]))
        axes.stackplot(times, values, colors=colours, alpha=0.55, linewidth=0)
    else:
        for series, colour in zip(found, colours, strict=True):
            axes.plot(times, series.values, color=colour, linewidth=1.1)
    log = custom.get("scaleDistribution", {}).get("type") == "log"
    _axes(axes, panel, asks, log=log)
    _legend(axes, panel, [(s, c) for s, c in zip(found, colours, strict=True) if _says(s, found)])


def figure(axes: Axes, panel: Mapping[str, Any], asks: Asker) -> None:
    """Draw one number, with how it came about."""
    (series, *_) = _asked(panel, asks)
    unit = panel["fieldConfig"]["defaults"]["unit"]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    colour = NAMED[
        [s for s in steps if s["value"] is None or series.last >= s["value"]][-1]["color"]
    ]
    axes.set_axis_off()
    values = np.nan_to_num(np.array(series.values))
    axes.fill_between(asks.times, values, color=colour, alpha=0.12, linewidth=0)
    axes.plot(asks.times, values, color=colour, linewidth=0.7, alpha=0.6)
    axes.set_xlim(0, asks.times[-1])
    axes.set_ylim(0, (float(values.max()) or 1.0) * 1.8)
    axes.text(
        *(0.5, 0.55, written(series.last, unit)),
        transform=axes.transAxes,
        ha="center",
        va="center",
        fontsize=17,
        fontweight="bold",
        color=colour,
    )


def heat(axes: Axes, panel: Mapping[str, Any], asks: Asker) -> None:
    """Draw how many fell into each bucket, by time."""
    found = sorted(_asked(panel, asks), key=lambda series: float(series.labels["le"]))
    counts = np.diff(
        np.nan_to_num(np.array([series.values for series in found])), axis=0, prepend=0
    )
    used = np.flatnonzero(counts.max(axis=1) > 0)
    first, last = int(used[0]), int(used[-1])
    shown = np.ma.masked_less_equal(counts[first : last + 1], 1e-9)
    edges = np.arange(last - first + 2)
    times = np.append(asks.times, asks.times[-1] + asks.step)
    axes.pcolormesh(times, edges, np.sqrt(shown), cmap="Oranges", linewidth=0, rasterized=True)
    bounds = [written(float(found[n].labels["le"]), "s") for n in range(first, last)]
    axes.set_yticks(edges[1:-1:2], bounds[::2], fontsize=6)
    _seconds(axes, asks)


def table(axes: Axes, panel: Mapping[str, Any], asks: Asker) -> None:
    """Draw a row for each set of labels."""
    targets, names = panel["targets"], panel["transformations"][-1]["options"]["renameByName"]
    cells: dict[tuple[str, ...], dict[str, float]] = {}
    heads: list[str] = []
    for target, name in zip(targets, names.values(), strict=True):
        for row in asks.rows(target):
            heads = heads or sorted(row.labels)
            cells.setdefault(tuple(row.labels[h] for h in heads), {})[name] = row.values[0]
    units = {
        override["matcher"]["options"]: override["properties"][0]["value"]
        for override in panel.get("fieldConfig", {}).get("overrides", [])
    }
    columns = list(names.values())
    ranked = sorted(cells.items(), key=lambda item: -item[1].get(columns[0], 0.0))[:11]
    text = [
        [*labels, *(written(row.get(c, math.nan), units.get(c, "short")) for c in columns)]
        for labels, row in ranked
    ]
    axes.set_axis_off()
    widths = np.array(
        [
            max(len(str(cell)) for cell in col) + 2
            for col in zip(*text, [*heads, *columns], strict=True)
        ]
    )
    made = axes.table(
        cellText=text,
        colLabels=[*heads, *columns],
        colWidths=list(widths / widths.sum()),
        cellLoc="left",
        colLoc="left",
        bbox=Bbox.from_bounds(0, 1 - ROW * (len(text) + 1), 1, ROW * (len(text) + 1)),
    )
    made.auto_set_font_size(False)
    made.set_fontsize(7)
    for (row, _), cell in made.get_celld().items():
        cell.set_edgecolor("#e4e7ea")
        cell.visible_edges = "B"
        if row == 0:
            cell.get_text().set_fontweight("bold")


DRAWN: Final[Mapping[str, Callable[[Axes, Mapping[str, Any], Asker], None]]] = {
    "timeseries": lines,
    "stat": figure,
    "heatmap": heat,
    "table": table,
}


def _asked(panel: Mapping[str, Any], asks: Asker) -> list[Series]:
    return [series for target in panel["targets"] for series in asks.lines(target)]


def _says(series: Series, among: list[Series]) -> bool:
    """Tell whether *series* is worth a place in the legend: where all are zero, each is."""
    return any(v > 0 for v in series.values) or not any(v > 0 for s in among for v in s.values)


def _legend(axes: Axes, panel: Mapping[str, Any], shown: list[tuple[Series, str]]) -> None:
    """Name the series below the axes, in as many columns as there is room for."""
    longest = max((len(series.name) for series, _ in shown), default=1)
    across = max(1, int(panel["gridPos"]["w"] * INCHES / (0.24 + LETTER * longest)))
    across = math.ceil(len(shown) / math.ceil(len(shown) / across)) if shown else 1
    handles = [
        axes.plot([], [], color=colour, linewidth=3, label=series.name)[0]
        for series, colour in shown[: ROWS * across]
    ]
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.04, -0.14),
        ncols=across,
        frameon=False,
        fontsize=6.5,
        handlelength=0.8,
        handletextpad=0.4,
        columnspacing=1.0,
        labelspacing=0.2,
        borderaxespad=0,
    )


def _colours(panel: Mapping[str, Any], found: list[Series]) -> list[str]:
    fixed = {
        override["matcher"]["options"]: NAMED[override["properties"][0]["value"]["fixedColor"]]
        for override in panel["fieldConfig"]["overrides"]
    }
    return [fixed.get(s.name, PALETTE[n % len(PALETTE)]) for n, s in enumerate(found)]


def _axes(axes: Axes, panel: Mapping[str, Any], asks: Asker, *, log: bool) -> None:
    unit = panel["fieldConfig"]["defaults"].get("unit", "short")
    _seconds(axes, asks)
    axes.grid(axis="y", color="#e4e7ea", linewidth=0.6)
    axes.set_axisbelow(True)
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0), numticks=6))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: written(value, unit)))
    axes.tick_params(labelsize=6)


def _seconds(axes: Axes, asks: Asker) -> None:
    axes.set_xlim(0, asks.times[-1])
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 3, 6]))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{int(value) // 60}:{int(value) % 60:02d}")
    )
    axes.tick_params(labelsize=6)
