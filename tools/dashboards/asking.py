"""Ask a Prometheus what Grafana would ask it."""

from __future__ import annotations

import json
import math
import re
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

VARIABLE: Final = re.compile(r"\$(\w+)")
LABEL: Final = re.compile(r"{{(\w+)}}")
TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a panel: its name, its labels, and its value at each of the times asked for."""

    name: str
    labels: Mapping[str, str]
    values: list[float]

    @property
    def last(self) -> float:
        """The last value that is a number."""
        return next((v for v in reversed(self.values) if not math.isnan(v)), math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks the Prometheus at *url* about the times from *begin* to *end*, by *step*."""

    url: str
    begin: float
    end: float
    step: float
    variables: Mapping[str, str]

    @property
    def times(self) -> list[float]:
        """Seconds since *begin*."""
        return [n * self.step for n in range(int((self.end - self.begin) / self.step) + 1)]

    def lines(self, target: Mapping[str, Any]) -> list[Series]:
        """Return what *target* of a panel gives over time."""
        asked = {"start": self.begin, "end": self.end, "step": self.step}
        found = self._ask("query_range", query=self._filled(target), **asked)
        return [self._series(target, each["metric"], each["values"]) for each in found]

    def rows(self, target: Mapping[str, Any]) -> list[Series]:
        """Return what *target* of a panel gives at the end."""
        found = self._ask("query", query=self._filled(target), time=self.end)
        return [
            Series(name="", labels=each["metric"], values=[float(each["value"][1])])
            for each in found
        ]

    def _filled(self, target: Mapping[str, Any]) -> str:
        return VARIABLE.sub(lambda m: self.variables[m[1]], target["expr"])

    def _series(
        self, target: Mapping[str, Any], labels: Mapping[str, str], values: list[Any]
    ) -> Series:
        known = {round((at - self.begin) / self.step): float(value) for at, value in values}
        name = LABEL.sub(lambda m: labels.get(m[1], ""), target["legendFormat"]).strip()
        along = [known.get(n, math.nan) for n in range(len(self.times))]
        return Series(name=name, labels=labels, values=along)

    def _ask(self, path: str, **parameters: Any) -> list[Any]:
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            return json.load(answer)["data"]["result"]
