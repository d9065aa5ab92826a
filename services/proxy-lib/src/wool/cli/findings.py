"""What a check of `wool doctor` has found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class Health(Enum):
    """How bad it is."""

    GOOD = "ok"
    ABSENT = "absent"
    """Something is not there that is needed for some purposes alone."""
    POOR = "warning"
    BAD = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What there is, and what to do about it where it is not as it should be."""

    health: Health
    text: str
    advice: str = ""
    name: str = ""

    def called(self, name: str) -> Finding:
        """Return it under the name of its check."""
        return replace(self, name=name)

    def document(self) -> dict[str, object]:
        """Return it for `--json`."""
        return {
            "name": self.name,
            "health": self.health.value,
            "text": self.text,
            "advice": self.advice or None,
        }
