"""Hold the queries that pages show to the metrics there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from pages import name_of, pages

from wool_common.metrics.names import METRICS

SELECTED: Final = re.compile(r"\b((?:wool|grpc)_[a-z_]+)\{([^}`]*)\}")
LABEL: Final = re.compile(r"(\w+)\s*[=!]~?")
OF_PROMETHEUS: Final = ("instance", "job", "le")
LABELS: Final = {
    f"{metric.name}{suffix}": {*metric.labels, *OF_PROMETHEUS}
    for metric in METRICS
    for suffix in ("", "_bucket", "_sum", "_count")
}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_queries_name_metrics_that_there_are(page: Path) -> None:
    """A metric that a page selects from exists, and has the labels it is selected by."""
    for name, selection in SELECTED.findall(page.read_text()):
        assert name in LABELS
        assert set(LABEL.findall(selection)) - LABELS[name] == set()
