"""Build panels the way they all look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from grafana_foundation_sdk.builders import common as build
from grafana_foundation_sdk.builders import heatmap, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.queries import Query

SOURCE: Final = DataSourceRef(type_val="prometheus", uid="wool-prometheus")
"""The data source by the id it is provisioned with."""

COLOURS: Final[Mapping[str, Mapping[str, str]]] = {
    "{{outcome}}": {
        "returned": "green",
        "taken": "green",
        "raised": "orange",
        "refused": "purple",
        "unreached": "yellow",
        "lost": "red",
        "cancelled": "blue",
    },
    "{{state}}": {
        "ready": "green",
        "connecting": "yellow",
        "evicted": "red",
        "incompatible": "dark-red",
        "known": "blue",
    },
    "{{phase}}": {"total": "text"},
}
"""What is told by one word has one colour everywhere: by legend, then by word."""

Panel = timeseries.Panel | stat.Panel | table.Panel | heatmap.Panel
Built = TypeVar("Built", timeseries.Panel, stat.Panel, table.Panel, heatmap.Panel)


def lines(
    title: str,
    help: str,
    *queries: Query,
    unit: str = "short",
    width: int = 12,
    stacked: bool = False,
    log: bool = False,
    exemplars: bool = False,
) -> timeseries.Panel:
    """Return a panel of lines over time; *stacked* areas where the sum matters."""
    panel = (
        _common(timeseries.Panel(), title, help, width, 8)
        .unit(unit)
        .line_width(1.5)
        .fill_opacity(30 if stacked else 6)
        .show_points(common.VisibilityMode.NEVER)
        .legend(
            build.VizLegendOptions()
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            build.VizTooltipOptions()
            .mode(common.TooltipDisplayMode.MULTI)
            .sort(common.SortOrder.DESCENDING)
        )
    )
    if stacked:
        panel.stacking(build.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if log:
        panel.scale_distribution(
            build.ScaleDistributionConfig().type(common.ScaleDistribution.LOG).log(10)
        )
    else:
        panel.min(0)
    for place, query in enumerate(queries):
        last = place == len(queries) - 1  # or each would be shown as often as there are lines
        panel.with_target(_target(place, query).range().exemplar(exemplars and last))
    for name, colour in COLOURS.get(queries[0].legend, {}).items():
        panel.override_by_name(name, [_colour(colour)])
    return panel


def figure(
    title: str,
    help: str,
    query: Query,
    *,
    unit: str = "short",
    warn: float | None = None,
    alarm: float | None = None,
    decimals: int | None = None,
) -> stat.Panel:
    """Return a panel of one number, which turns yellow from *warn* and red from *alarm* on."""
    steps = [Threshold(None, "green")]
    steps += [Threshold(warn, "yellow")] if warn is not None else []
    steps += [Threshold(alarm, "red")] if alarm is not None else []
    panel = (
        _common(stat.Panel(), title, help, 4, 4)
        .unit(unit)
        .no_value("–")
        .graph_mode(common.BigValueGraphMode.AREA)
        .color_mode(common.BigValueColorMode.VALUE)
        .reduce_options(build.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        .with_target(_target(0, query).range())
    )
    return panel if decimals is None else panel.decimals(decimals)


def heat(title: str, help: str, query: Query, *, unit: str, width: int = 12) -> heatmap.Panel:
    """Return a heat map of a histogram's buckets."""
    return (
        _common(heatmap.Panel(), title, help, width, 8)
        .calculate(False)
        .cell_gap(1)
        .color(
            heatmap.HeatmapColorOptions()
            .mode(HeatmapColorMode.SCHEME)
            .scheme("Oranges")
            .steps(64)
            .exponent(0.5)
        )
        .filter_values(heatmap.FilterValueRange().le(1e-9))
        .y_axis(heatmap.YAxisConfig().unit(unit))
        .with_target(_target(0, query).range().format(PromQueryFormat.HEATMAP))
    )


def columns(
    title: str,
    help: str,
    queries: Mapping[str, Query],
    *,
    units: Mapping[str, str],
    sort: str,
    width: int = 12,
) -> table.Panel:
    """Return a table with one row for each set of labels, and a column for each of *queries*."""
    panel = _common(table.Panel(), title, help, width, 8)
    names: dict[str, str] = {}
    for place, (name, query) in enumerate(queries.items()):
        panel.with_target(_target(place, query).instant().format(PromQueryFormat.TABLE))
        names["Value" if len(queries) == 1 else f"Value #{_letter(place)}"] = name
    for name, unit in units.items():
        panel.override_by_name(name, [DynamicConfigValue("unit", unit)])
    organized = {"excludeByName": {"Time": True}, "renameByName": names}
    return (
        panel.with_transformation(DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(DataTransformerConfig(id_val="organize", options=organized))
        .sort_by([build.TableSortByFieldState().display_name(sort).desc(True)])
    )


def _common(panel: Built, title: str, help: str, width: int, height: int) -> Built:
    return panel.title(title).description(help).datasource(SOURCE).span(width).height(height)


def _target(place: int, query: Query) -> Dataquery:
    target = Dataquery().ref_id(_letter(place)).datasource(SOURCE).expr(query.expression)
    return target.legend_format(query.legend or "__auto")


def _letter(place: int) -> str:
    return chr(ord("A") + place)


def _colour(name: str) -> DynamicConfigValue:
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": name})
