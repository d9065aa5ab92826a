"""Draw the comparison as a small SVG that reads on light and on dark backgrounds."""

from collections.abc import Sequence
from html import escape
from typing import Final

from benchmarks import metrics
from benchmarks.metrics import METRICS, WOOL, Metric
from benchmarks.results import Results
from benchmarks.rivals.catalog import System
from benchmarks.tables import figure

PANELS: Final = (
    "sequential_p50",
    "in_flight_64",
    "generator",
    "echo_bytes_10",
    "nested",
    "start",
)
COLUMNS: Final = 2
PANEL_WIDTH: Final = 380
GAP: Final = 40
LABEL_WIDTH: Final = 92
BAR_WIDTH: Final = 210
BAR_HEIGHT: Final = 12
ROW_HEIGHT: Final = 19
HEAD_HEIGHT: Final = 26
SPACE_BELOW: Final = 22
MARGIN: Final = 12

INK: Final = "#7a828b"
BAR: Final = "#98a1ab"
ACCENT: Final = "#2f81f7"
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


def draw(results: Results, systems: Sequence[System]) -> str:
    """Return the chart: one panel a metric, one bar a system, each panel to its own scale."""
    shown = [METRICS[key] for key in PANELS if key in results.values]
    panel_height = HEAD_HEIGHT + ROW_HEIGHT * len(systems) + SPACE_BELOW
    rows = -(-len(shown) // COLUMNS)
    width = COLUMNS * PANEL_WIDTH + (COLUMNS - 1) * GAP + 2 * MARGIN
    height = rows * panel_height - SPACE_BELOW + 2 * MARGIN
    panels = (
        _panel(
            results,
            metric,
            systems,
            x=MARGIN + at % COLUMNS * (PANEL_WIDTH + GAP),
            y=MARGIN + at // COLUMNS * panel_height,
        )
        for at, metric in enumerate(shown)
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-labelledby="title" '
            f'font-family="{FONT}" font-size="12" fill="{INK}">',
            '<title id="title">Wool beside raw gRPC and other systems</title>',
            *panels,
            "</svg>\n",
        )
    )


def _panel(results: Results, metric: Metric, systems: Sequence[System], *, x: int, y: int) -> str:
    medians = [(system, results.median(metric.key, system.key)) for system in systems]
    largest = max(value for _, value in medians if value is not None)
    direction = "lower is better" if metric.lower_is_better else "higher is better"
    lines = [
        f'<g transform="translate({x} {y})">',
        f'<text y="12"><tspan font-weight="600">{escape(metric.title)}</tspan>'
        f'<tspan dx="6" font-size="11">{escape(metric.unit)}, {direction}</tspan></text>',
    ]
    for at, (system, value) in enumerate(medians):
        lines.append(_bar(system, value, largest, HEAD_HEIGHT + at * ROW_HEIGHT))
    lines.append("</g>")
    return "\n".join(lines)


def _bar(system: System, value: float | None, largest: float, y: int) -> str:
    length = 0.0 if value is None else max(1.5, BAR_WIDTH * value / largest)
    baseline = y + BAR_HEIGHT - 2
    weight = ' font-weight="600"' if system.key == WOOL else ""
    return "\n".join(
        (
            f'<text x="{LABEL_WIDTH - 8}" y="{baseline}" text-anchor="end"{weight}>'
            f"{escape(system.title)}</text>",
            f'<rect x="{LABEL_WIDTH}" y="{y}" width="{length:.1f}" height="{BAR_HEIGHT}" rx="2" '
            f"{_paint(system)}/>",
            f'<text x="{LABEL_WIDTH + length + 6:.1f}" y="{baseline}"{weight}>'
            f"{figure(value)}</text>",
        )
    )


def _paint(system: System) -> str:
    match system.key:
        case metrics.WOOL:
            return f'fill="{ACCENT}"'
        case metrics.RAW:
            return f'fill="none" stroke="{BAR}" stroke-dasharray="3 2"'
        case _:
            return f'fill="{BAR}"'
