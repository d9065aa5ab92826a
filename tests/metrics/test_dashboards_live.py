"""Every panel and every rule has something to say about an application under load."""

from __future__ import annotations

import json
import math
import re
import time
import urllib.parse
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import pytest
from lab.client import Engine
from observed import config, observed
from scraped import fetched
from shown import asked, metrics_in

pytestmark = pytest.mark.docker

SECONDS: Final = 120.0
THRESHOLD: Final = re.compile(r"\s*[<>]\s*[\d.]+$")


class Asker:
    """Asks the Prometheus at *url*."""

    def __init__(self, url: str) -> None:
        self._url = url

    def numbers(self, expression: str) -> list[float]:
        """Return what *expression* gives now, without what is no number."""
        found = self._get("query", query=expression)["result"]
        values = [float(sample["value"][1]) for sample in found]
        return [value for value in values if not math.isnan(value)]

    def names(self) -> set[str]:
        """Return the metrics there are."""
        return set(self._get("label/__name__/values"))

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules that are loaded, as they are now."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def unanswered(self, expressions: dict[str, str]) -> dict[str, str]:
        """Return those that give nothing."""
        return {name: text for name, text in expressions.items() if not self.numbers(text)}

    def _get(self, path: str, **parameters: str) -> Any:
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        answer = json.loads(fetched(f"{self._url}/api/v1/{path}{query}"))
        assert answer["status"] == "success", answer
        return answer["data"]


@pytest.fixture(scope="module")
def expressions() -> dict[str, str]:
    """Be every expression of every panel by its name."""
    return {query.name: query.expression for query in asked()}


@pytest.fixture
def asker(tmp_path: Path, engine: Engine, prometheus: Callable[[str], str]) -> Generator[Asker]:
    """Be a Prometheus that reads workers, discovery and an application under load."""
    with observed(tmp_path, engine.docker_host) as running:
        yield Asker(prometheus(config(running.ports)))


def test_every_expression_returns_data(asker: Asker, expressions: dict[str, str]) -> None:
    """Each parses, names metrics that exist and finds some; alerts do but for their threshold."""
    for rule in asker.rules():
        name = f"{rule['type']} rule {rule['name']}"
        expressions[name] = THRESHOLD.sub("", rule["query"])
        if rule["type"] == "recording":
            expressions[f"{name}, recorded"] = rule["name"]
    until = time.monotonic() + SECONDS
    pending = expressions
    while pending and time.monotonic() < until:
        time.sleep(2)  # Prometheus reads each 2 seconds
        pending = asker.unanswered(pending)

    assert pending == {}
    names = asker.names()
    assert {m for text in expressions.values() for m in metrics_in(text)} <= names
    assert [rule["lastError"] for rule in asker.rules() if rule.get("lastError")] == []
    for outcome in ("returned", "raised", "refused", "lost", "cancelled"):
        assert max(asker.numbers(f'wool_dispatch_total{{job="app",outcome="{outcome}"}}')) > 0
