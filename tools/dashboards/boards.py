"""Put panels together to a dashboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.models import dashboard as models

from dashboards.panels import SOURCE, Panel

TAG: Final = "wool"

JOB: Final = ("job", "Job", "label_values(wool_build_info, job)")
INSTANCE: Final = ("instance", "Instance", 'label_values(wool_build_info{job=~"$job"}, instance)')
ROUTINE_DISPATCHED: Final = (
    "routine",
    "Routine",
    'label_values(wool_dispatch_total{job=~"$job",instance=~"$instance"}, routine)',
)
ROUTINE_RUN: Final = (
    "routine",
    "Routine",
    'label_values(wool_task_seconds_count{job=~"$job",instance=~"$instance"}, routine)',
)
"""Names of variables, their labels, and what Grafana asks for their values."""


def board(
    title: str,
    help: str,
    variables: Sequence[tuple[str, str, str]],
    rows: Mapping[str, Sequence[Panel]],
) -> models.Dashboard:
    """Return the dashboard called *title*, with *rows* of panels by their headings."""
    made = (
        Dashboard(title)
        .uid(f"wool-{title.lower()}")
        .description(help)
        .tags([TAG])
        .readonly()
        .refresh("10s")
        .time("now-30m", "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(
            DashboardLink("Wool")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(True)
            .keep_time(True)
        )
    )
    for name, label, query in variables:
        made.with_variable(_variable(name, label, query))
    number = 0
    for heading, panels in rows.items():
        number += 1
        made.with_row(Row(heading).id(number))
        for panel in panels:
            number += 1
            made.with_panel(panel.id(number))
    return made.build()


def _variable(name: str, label: str, query: str) -> QueryVariable:
    """Return a choice of several values, or of all."""
    return (
        QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query({"query": query, "refId": "StandardVariableQuery"})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(models.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )
