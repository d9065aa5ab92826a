"""Make what is told the same on every machine."""

from __future__ import annotations

import re
from typing import Final

CHANGING: Final = (
    (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID"),
    (r"\b0x[0-9a-f]+\b", "0x…"),
    (r"unix:/[^\s:)]+/w\b", "unix:/…"),
    (r"\b127\.0\.0\.1(\]?):(?!50051\b)\d{4,5}\b", r"127.0.0.1\1:PORT"),
    # What gRPC writes of its own accord tells the time, and what protocols this machine speaks.
    (r"\nits last lines were:(\n[EWI]\d{4} [\d:.]+ +\d+ \w+\.cc:.*)+", ""),
    (r"\bPython 3\.\d+\b", "Python 3.X"),
    (r"\. Did you mean '\w+'\?", ""),
    (r"/tmp/\S*?/(?=[^/\s]+)", "/…/"),
)
"""What differs from run to run, or machine to machine, and what stands in its place."""


def normal(text: str) -> str:
    """Return *text* without what only this run, or this machine, has."""
    for changing, constant in CHANGING:
        text = re.sub(changing, constant, text)
    return text
