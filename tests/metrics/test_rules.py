"""The rules for Prometheus hold together, and alerts fire when they should and not otherwise."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from shown import ROOT, metrics_in, told

COMPOSE = ROOT / "compose/prometheus"
RULES = sorted((COMPOSE / "rules").glob("*.yml"))
CASES = sorted((Path(__file__).parent / "rules").glob("*.yml"))
CONFIGS = sorted(COMPOSE.glob("*.yml"))
PAGE = ROOT / "docs/monitoring.md"


def rules() -> list[dict[str, Any]]:
    """Return every rule of every group."""
    documents = [yaml.safe_load(file.read_text()) for file in RULES]
    return [
        rule for document in documents for group in document["groups"] for rule in group["rules"]
    ]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}
RECORDED = {rule["record"]: rule for rule in rules() if "record" in rule}


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_an_alert_says_what_to_do(alert: dict[str, Any]) -> None:
    """It has a severity, a summary, and leads to a section of the documentation."""
    page, _, section = alert["annotations"]["runbook_url"].partition("#")

    assert alert["labels"]["severity"] in {"warning", "critical"}
    assert "{{ $labels." in alert["annotations"]["summary"]
    assert ROOT / page == PAGE
    assert section == alert["alert"].lower()
    assert f"\n### {alert['alert']}\n" in PAGE.read_text()


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_an_alert_is_a_recorded_number_and_a_threshold(alert: dict[str, Any]) -> None:
    """So its number can be seen, and told to exist, while nothing is wrong."""
    compared = re.fullmatch(r"([\w:]+)(\{[^}]*\})? [<>] [\d.]+", alert["expr"])

    assert compared is not None
    assert compared[1] in RECORDED


@pytest.mark.parametrize("rule", RECORDED.values(), ids=RECORDED)
def test_a_recorded_number_is_made_from_what_is_told(rule: dict[str, Any]) -> None:
    """Names in expressions are names of the catalogue, or recorded themselves."""
    assert metrics_in(rule["expr"]) <= told() | RECORDED.keys() | {"up"}


def test_every_alert_is_tested_both_ways() -> None:
    """Cases have each alert fire once, and not fire once."""
    cases = [
        case
        for file in CASES
        for test in yaml.safe_load(file.read_text())["tests"]
        for case in test.get("alert_rule_test", [])
    ]

    for fires in (True, False):
        tested = {case["alertname"] for case in cases if bool(case["exp_alerts"]) is fires}
        assert tested == ALERTS.keys()


def test_every_alert_and_no_other_is_documented() -> None:
    """docs/monitoring.md has a section for each."""
    assert set(re.findall(r"^### (Wool\w+)$", PAGE.read_text(), re.MULTILINE)) == ALERTS.keys()


@pytest.mark.docker
def test_promtool_takes_rules_and_configurations(promtool: str) -> None:
    """What Prometheus would complain of, promtool does."""
    _run(promtool, "check", "rules", *RULES)
    for config in CONFIGS:
        _run(promtool, "check", "config", config)


@pytest.mark.docker
def test_alerts_fire_when_they_should(promtool: str) -> None:
    """What `promtool test rules` is told to expect comes true."""
    _run(promtool, "test", "rules", *CASES)


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
